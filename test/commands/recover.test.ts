import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { recover } from '../../src/commands/recover.ts'
import { openDatabase } from '../../src/database/open.ts'
import {
  createHighWaterMarkFile,
  highWaterMarkPathOf,
} from '../../src/ledger/leader/high-water-mark.ts'
import { createSharedLease } from '../../src/ledger/leader/lease.ts'
import { payment } from '../support/facts.ts'
import {
  engines,
  genesis,
  openSqliteLedger,
  temporaryLocation,
} from '../support/open-test-ledger.ts'
import { readSeries } from '../support/read-series.ts'
import { later, recoveredAt, runAt, runOn, runStart } from '../support/run-command-on.ts'
import { runService } from '../support/run-service.ts'
import { leaveLedger, lookAt, unread, untouched } from '../support/stopped-ledger.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

describe.each(engines)('recover on %s', (engine) => {
  test('without --yes it reports what it would do and changes nothing', async () => {
    const location = await leaveLedger(engine, [payment('a')])
    const before = await lookAt(location)
    const told = await runOn(recover, location)
    expect(told).toMatch(/total {3}billing_payments_total success: 1/)
    expect(told).toMatch(/Nothing was changed.*--yes/)
    expect(await lookAt(location)).toMatchObject({
      row: { generation: 1, generation_began_at: genesis },
      syncState: before.syncState,
    })
  })

  test('with --yes the series ends, the next one begins now, and Stripe is read again', async () => {
    const location = await leaveLedger(engine, [payment('a')])
    const told = await runOn(recover, location, '--yes')
    const { row, syncState } = await lookAt(location)
    expect(row).toMatchObject({ ledger_id: 'ledger01', genesis })
    expect(syncState).toEqual([untouched('lost_events'), unread('reconcile'), unread('sweep')])
    expect(row.generation - (row.generation % 1000)).toBe(row.generation_began_at)
    if (engine === 'sqlite') expect(row.generation).toBe(recoveredAt)
    expect(told).toContain(`ledger01-1 has ended; ledger01-${row.generation} begins`)
    expect(told).toMatch(/npm run verify/)
  })

  test('where there is no ledger it fails with the reason', async () => {
    const location = await temporaryLocation(engine)
    await expect(runOn(recover, location, '--yes')).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining('no ledger at DATABASE_URL yet'),
    })
  })

  test('what it does not understand is refused with its usage', async () => {
    const location = await leaveLedger(engine)
    await expect(runOn(recover, location, '--force')).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/--force.*usage: npm run recover/s),
    })
  })
})

describe('recover beside a living process', () => {
  test('on SQLite the lock refuses it', async () => {
    const { database, location } = await openSqliteLedger()
    await expect(runOn(recover, location, '--yes')).rejects.toMatchObject({ code: 'ledger_locked' })
    await database.close()
    await runOn(recover, location, '--yes')
  })

  test('on PostgreSQL a live lease refuses it, and it leaves no lease behind', async () => {
    const location = await leaveLedger('postgres')
    const replica = await openDatabase(location)
    const leader = createSharedLease(
      replica.queries,
      'replica',
      { ledgerId: 'ledger01', generation: 1 },
      () => performance.now(),
    )
    expect((await leader.renew()).isLeader).toBe(true)
    await expect(runOn(recover, location, '--yes')).rejects.toMatchObject({
      code: 'ledger_locked',
      message: expect.stringContaining('stop every replica'),
    })
    await leader.release()
    await replica.close()
    await runOn(recover, location, '--yes')
    expect((await lookAt(location)).row).toMatchObject({ lease_token: null, lease_until: 0 })
  })
})

test('each recovery is a new series', async () => {
  const location = await leaveLedger('sqlite')
  await runOn(recover, location, '--yes')
  const { generation } = (await lookAt(location)).row
  await runOn(recover, location, '--yes')
  expect((await lookAt(location)).row.generation).toBe(generation + 1)
})

test.each(engines)(
  'a backup that is put back and recovered twice gives two series, on %s',
  async (engine) => {
    const location = await leaveLedger(engine)
    const recoverBackup = async (now: number): Promise<number> => {
      const database = await openDatabase(location)
      await database.queries
        .updateTable('ledger')
        .set({ generation: 1, generation_began_at: genesis, ended_generation: null })
        .execute()
      await database.close()
      await runAt(now, recover, location, '--yes')
      return (await lookAt(location)).row.generation
    }
    const first = await recoverBackup(later + 700)
    const withClockSetBack = await recoverBackup(later + 300)
    expect(withClockSetBack).not.toBe(first)
  },
)

test('as a person runs it: stop, recover, start; the page names the new series', async () => {
  const folder = temporaryFolder()
  const first = await runService(folder)
  const early = await runStart(folder, 'recover', '--yes')
  expect(early).toMatchObject({
    exitCode: 2,
    errorText: expect.stringMatching(/^countinghouse recover: another process is using the ledger/),
  })
  expect(await first.end('SIGTERM')).toBe(0)
  const recovered = await runStart(folder, 'recover', '--yes')
  expect(recovered).toMatchObject({ exitCode: 0, errorText: '' })
  const [, seriesId] = recovered.text.match(/; (\w+-\d+) begins/) ?? []
  const second = await runService(folder)
  expect([...(await readSeries(second.metricsUrl)).keys()]).toContain(
    `billing_payments_total{status="success",instance="${seriesId}"}`,
  )
})

describe('recover and what was exposed, on SQLite', () => {
  const markOf = (total: number) => [
    { counter: 'billing_payments_total', label: 'success', total } as const,
  ]
  const leave = async () => {
    const location = await leaveLedger('sqlite', [payment('a')])
    if (location.engine !== 'sqlite') throw new Error('a SQLite ledger was asked for')
    const path = highWaterMarkPathOf(location.path)
    return { location, path, file: createHighWaterMarkFile(path) }
  }

  test('the loss is reported, and the high-water mark is discarded', async () => {
    const { location, file } = await leave()
    await file.write(markOf(7), 'ledger01-1')
    const told = await runOn(recover, location, '--yes')
    expect(told).toMatch(/success: 1, was exposed as 7/)
    expect(told).toMatch(/it lost commits/)
    expect(await file.read()).toBeUndefined()
  })

  test('a ledger that lost nothing is reported before it is recovered', async () => {
    const { location, file } = await leave()
    await file.write(markOf(1), 'ledger01-1')
    expect(await runOn(recover, location)).toMatch(/holds all that was exposed/)
    expect((await file.read())?.totals).toEqual(markOf(1))
  })

  test('a backup from before an earlier recovery does not bring that series back', async () => {
    const { location, file } = await leave()
    await file.write(markOf(7), `ledger01-${recoveredAt}`)
    await runOn(recover, location, '--yes')
    expect((await lookAt(location)).row.generation).toBe(recoveredAt + 1)
  })

  test('a torn file does not stand in the way', async () => {
    const { location, path, file } = await leave()
    writeFileSync(path, '{"series_id":')
    expect(await runOn(recover, location, '--yes')).toMatch(/\.high-water-mark.*cannot be parsed/)
    expect(await file.read()).toBeUndefined()
    expect((await lookAt(location)).row.generation).toBeGreaterThan(1)
  })
})
