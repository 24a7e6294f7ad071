import { expect, onTestFinished, test, vi } from 'vitest'
import { createWriteProbe } from '../../../src/ledger/record/write-probe.ts'
import { openSqliteLedger } from '../../support/open-test-ledger.ts'

/** A probe of a real ledger, whose time the test moves and whose writes can be counted and prevented. */
async function openProbe(ledgerId = 'ledger01') {
  const { queries } = (await openSqliteLedger()).database
  const clock = { nowMs: 10_000 }
  const probe = createWriteProbe(queries, ledgerId, () => clock.nowMs)
  const rename = (from: string, to: string) =>
    queries.schema.alterTable(from).renameTo(to).execute()
  return {
    queries,
    clock,
    probe,
    writes: async () =>
      (await queries.selectFrom('ledger').select('checks').executeTakeFirstOrThrow()).checks,
    prevent: () => rename('ledger', 'elsewhere'),
    allow: () => rename('elsewhere', 'ledger'),
  }
}

test('a write proves for two seconds that the ledger is writable, whoever asks', async () => {
  const { clock, probe, writes } = await openProbe()
  await Promise.all([probe.requireWritable(), probe.requireWritable()])
  expect(await writes()).toBe(1)
  clock.nowMs += 1_999
  await probe.requireWritable()
  expect(await writes()).toBe(1)
  clock.nowMs += 1
  await probe.requireWritable()
  expect(await writes()).toBe(2)
})

test('a commit proves the same, and no write is made for it', async () => {
  const { probe, writes, prevent, allow } = await openProbe()
  probe.noteCommit()
  await prevent()
  await probe.requireWritable()
  await allow()
  expect(await writes()).toBe(0)
})

test('a failure is answered with its reason for two seconds, and then looked at again', async () => {
  const { clock, probe, writes, prevent, allow } = await openProbe()
  await prevent()
  const refused = {
    code: 'not_ready',
    message: expect.stringContaining('no such table: ledger'),
  }
  await expect(probe.requireWritable()).rejects.toMatchObject(refused)
  await allow()
  clock.nowMs += 1_999
  await expect(probe.requireWritable()).rejects.toMatchObject(refused)
  expect(await writes()).toBe(0)
  clock.nowMs += 1
  await probe.requireWritable()
  expect(await writes()).toBe(1)
})

test('a commit ends a failure at once, and a later failure is told again', async () => {
  const { clock, probe, prevent } = await openProbe()
  await prevent()
  await expect(probe.requireWritable()).rejects.toMatchObject({ code: 'not_ready' })
  probe.noteCommit()
  await probe.requireWritable()
  clock.nowMs += 2_000
  await expect(probe.requireWritable()).rejects.toMatchObject({ code: 'not_ready' })
})

test('a database that holds another ledger is not writable for this one, and is left alone', async () => {
  const { probe, writes } = await openProbe('stranger')
  await expect(probe.requireWritable()).rejects.toMatchObject({
    code: 'not_ready',
    message: expect.stringContaining('another ledger than stranger'),
  })
  expect(await writes()).toBe(0)
})

test('a database that does not respond for two seconds is not writable until it does', async () => {
  const { queries, probe } = await openProbe()
  const release = Promise.withResolvers<void>()
  const holding = queries.connection().execute(() => release.promise)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const refused = expect(probe.requireWritable()).rejects.toMatchObject({
    code: 'not_ready',
    message: expect.stringContaining('does not respond'),
  })
  await vi.advanceTimersByTimeAsync(2_000)
  await refused
  release.resolve()
  await holding
  await probe.requireWritable()
})
