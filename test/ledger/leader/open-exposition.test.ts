import { existsSync, writeFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import type { AppliedTotals } from '../../../src/ledger/leader/exposition.ts'
import { formerSuffix } from '../../../src/ledger/leader/high-water-mark.ts'
import { openExposition, openHighWaterMark } from '../../../src/ledger/leader/open-exposition.ts'
import { payment } from '../../support/facts.ts'
import {
  engines,
  openSqliteLedger,
  openTestLedger,
  type TestLedger,
} from '../../support/open-test-ledger.ts'
import { raisedCounters } from '../../support/raised-counters.ts'

const { counter, label } = payment('a')

function openOn({ ledger, database }: TestLedger, appliedTotals: AppliedTotals = raisedCounters()) {
  const logLines: string[] = []
  const log = pino({}, { write: (line: string) => logLines.push(line) })
  const open = async () => {
    const highWaterMark = openHighWaterMark(database, log)
    const processId = 'one'
    return openExposition({ database, ledger, appliedTotals, processId, highWaterMark, log })
  }
  const row = () => database.queries.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
  return { open, row, logLines }
}

test.each(engines)(
  'the first process leads from its start with the committed totals, on %s',
  async (engine) => {
    const testLedger = await openTestLedger(engine)
    await testLedger.ledger.record(payment('a'))
    const { open, row, logLines } = openOn(testLedger)
    const { exposition, stopRenewing, releaseLease } = await open()
    expect(exposition.exposed()).toEqual([{ counter, label, total: 1 }])
    expect(exposition.isLeader()).toBe(true)
    await stopRenewing()
    await releaseLease()
    expect(await row()).toMatchObject({ lease_token: null, lease_until: 0 })
    expect(logLines).toEqual([])
  },
)

/** Counts how often the totals are read; what comes after the first reading waits. */
function countReadings(renewal: Promise<void> = Promise.resolve()) {
  const counters = raisedCounters()
  let readings = 0
  const applyFrom: AppliedTotals['applyFrom'] = async (read) => {
    readings += 1
    if (readings > 1) await renewal
    return counters.applyFrom(read)
  }
  return { appliedTotals: { ...counters, applyFrom }, readings: () => readings }
}

test('on SQLite, where no other process can lead, nothing is renewed', async () => {
  const { appliedTotals, readings } = countReadings()
  const { stopRenewing } = await openOn(await openTestLedger('sqlite'), appliedTotals).open()
  await stopRenewing()
  expect(readings()).toBe(1)
})

test('the stop of the renewals waits for the one under way', async () => {
  const renewal = Promise.withResolvers<void>()
  const { appliedTotals, readings } = countReadings(renewal.promise)
  const { stopRenewing } = await openOn(await openTestLedger('postgres'), appliedTotals).open()
  const stopping = stopRenewing()
  expect(await Promise.race([stopping, setImmediate('waiting')])).toBe('waiting')
  renewal.resolve()
  await stopping
  expect(readings()).toBe(2)
})

test('a ledger that fell is opened, said once as an error, and not exposed', async () => {
  const testLedger = await openSqliteLedger()
  const { open, logLines } = openOn(testLedger)
  const mark = JSON.stringify({ series_id: 'ledger01-1', totals: [{ counter, label, total: 7 }] })
  writeFileSync(`${testLedger.path}.high-water-mark`, mark)
  const { exposition } = await open()
  const [line = '{}', ...others] = logLines
  expect(JSON.parse(line)).toMatchObject({
    level: 50,
    reason: expect.stringContaining('npm run recover'),
  })
  expect(others).toEqual([])
  await expect(exposition.expose(async () => 'a page')).rejects.toMatchObject({
    code: 'ledger_fell',
  })
})

test('a high-water mark of an earlier version is carried over, which is logged', async () => {
  const testLedger = await openSqliteLedger()
  const { open, logLines } = openOn(testLedger)
  const former = `${testLedger.path}${formerSuffix}`
  writeFileSync(former, JSON.stringify({ series_id: 'ledger01-1', totals: [] }))
  await open()
  expect(existsSync(former)).toBe(false)
  expect(logLines).toEqual([expect.stringContaining(former)])
})

test.each([
  [
    'is not the one that was opened',
    async (): Promise<never> => {
      throw new AppError('database_unavailable', 'another ledger')
    },
    'another ledger',
  ],
  [
    'cannot be read',
    async (): Promise<never> => {
      throw new Error('the database is away')
    },
    'the database is away',
  ],
])(
  'a start on a ledger that %s is refused, and leaves no lease behind',
  async (_, fail, reason) => {
    const appliedTotals = raisedCounters()
    const applyFrom: AppliedTotals['applyFrom'] = async (read) => {
      await read()
      return fail()
    }
    const { open, row } = openOn(await openTestLedger('postgres'), { ...appliedTotals, applyFrom })
    await expect(open()).rejects.toThrow(reason)
    expect(await row()).toMatchObject({ lease_token: null, lease_until: 0 })
  },
)

test('a lease that cannot be released at the stop is logged with the reason, and is no failure', async () => {
  const testLedger = await openTestLedger('postgres')
  const { open, logLines } = openOn(testLedger)
  const { stopRenewing, releaseLease } = await open()
  await stopRenewing()
  await testLedger.database.close()
  await releaseLease()
  const [line = '{}', ...others] = logLines
  expect(JSON.parse(line)).toMatchObject({ level: 40, reason: expect.stringMatching(/\w/) })
  expect(others).toEqual([])
})

test('on PostgreSQL no file beside a ledger is used: the ledger itself records what ended', async () => {
  const { database } = await openTestLedger('postgres')
  expect(openHighWaterMark(database, pino({ level: 'silent' }))).toBeUndefined()
})
