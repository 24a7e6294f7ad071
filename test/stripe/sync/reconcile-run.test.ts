import { expect, test } from 'vitest'
import { createDriftCandidates } from '../../../src/stripe/sync/drift-candidates.ts'
import {
  createListedMemory,
  openReconcile,
  saveProgress,
} from '../../../src/stripe/sync/reconcile-run.ts'
import { payment } from '../../support/facts.ts'
import { genesis } from '../../support/open-test-ledger.ts'
import { listedSuccess } from '../../support/stripe-facts.ts'
import { openSyncWork } from '../../support/sync-work.ts'

const dayMs = 86_400_000
const now = genesis + 10 * dayMs
const fresh = {
  ...{ beganAt: now, since: genesis, isWide: true, notice: null, list: 'charges', next: null },
  ...{ listed: {}, refused: {}, drift: { count: 0, series: {}, keys: [] }, fault: null },
}

async function openRuns() {
  const opened = await openSyncWork()
  const { work, pacing } = opened
  const candidates = createDriftCandidates(work.queries)
  const begin = (memory = createListedMemory()) => openReconcile(work, pacing, memory)
  return { ...opened, candidates, begin }
}

test('the first reconcile is wide, begins now with the first list, and forgets what waited', async () => {
  const { work, candidates, begin } = await openRuns()
  await candidates.keep([{ fact: listedSuccess('pi_1'), noticedAt: 1 }])
  const run = await begin()
  expect(run.progress).toEqual(fresh)
  expect([run.genesis, run.last, run.listedKeys?.size]).toEqual([genesis, undefined, 0])
  expect(await candidates.read()).toEqual([])
  await saveProgress(run, { list: null })
  const kept = (await work.syncState.read('reconcile'))?.progress ?? ''
  expect(JSON.parse(kept)).toEqual({ ...fresh, list: null })
  expect(run.progress.list).toBeNull()
})

test('the window begins before the last reconcile, and is wide again when Stripe lost events', async () => {
  const { work, begin } = await openRuns()
  const beganAt = now - 3_600_000
  const report = {
    ...{ beganAt, wideBeganAt: beganAt, orphansBeganAt: beganAt, since: 0, isWide: true },
    ...{ listed: {}, drift: fresh.drift, orphans: null },
  }
  await work.syncState.succeed('reconcile', { position: null, report: JSON.stringify(report) })
  const narrow = { ...fresh, isWide: false, since: beganAt - 2 * dayMs }
  const run = await begin()
  expect(run.progress).toEqual(narrow)
  expect([run.last?.beganAt, run.listedKeys]).toEqual([beganAt, undefined])
  await work.syncState.noteLostEvents('evt_1')
  expect((await begin()).progress).toEqual({ ...fresh, notice: 1 })
})

test.each(['refunds', null])('an interrupted reconcile continues at its list: %s', async (list) => {
  const { clock, candidates, begin } = await openRuns()
  const memory = createListedMemory()
  const first = await begin(memory)
  const next = { startingAfter: 're_1', createdToSeconds: null }
  const drift = { count: 1, series: { x: 1 }, keys: ['payment:success:pi_0'] }
  await saveProgress(first, { list, next, drift })
  await candidates.keep([{ fact: listedSuccess('pi_1'), noticedAt: now }])
  clock.now += 1_000
  const run = await begin(memory)
  expect(run.progress).toEqual({ ...fresh, list, next, drift })
  expect(run.listedKeys).toBe(first.listedKeys)
  expect(run.listedKeys).toBeDefined()
  expect(await candidates.read()).toHaveLength(1)
  expect((await run.drift.check.finish()).count).toBe(2)
  expect((await begin()).listedKeys).toBeUndefined()
})

test('a list or candidates of another version start it over', async () => {
  const { work, clock, candidates, begin } = await openRuns()
  await saveProgress(await begin(), { list: 'payouts' })
  await candidates.keep([{ fact: listedSuccess('pi_1'), noticedAt: 1 }])
  clock.now += 1_000
  const run = await begin()
  expect(run.progress).toEqual({ ...fresh, beganAt: now + 1_000 })
  expect(await candidates.read()).toEqual([])
  await saveProgress(run, { list: 'refunds' })
  const row = { key: 'k', fact: '{}', noticed_at: 1 }
  await work.queries.insertInto('drift_candidates').values(row).execute()
  expect((await begin()).progress.list).toBe('charges')
  expect(await candidates.read()).toEqual([])
})

test('what is still missing after a minute is recorded, no longer waits, and resolves its dead letter', async () => {
  const { ledger, clock, letters, candidates, begin, keys, open } = await openRuns()
  for (const id of ['pi_1', 'pi_2', 'pi_3'])
    await letters.keep({ id, type: 'charges', reason: 'broken', source: 'reconcile' })
  const run = await begin()
  const facts = ['pi_1', 'pi_2'].map(listedSuccess)
  await candidates.keep(facts.map((fact) => ({ fact, noticedAt: now })))
  await run.drift.check.add(facts, now)
  await ledger.record(payment('pi_2'))
  clock.now += 60_000
  await run.drift.check.add([], clock.now)
  expect(await keys()).toEqual(['payment:success:pi_2'])
  clock.now += 1
  await run.drift.check.add([], clock.now)
  expect(run.drift.check.found().keys).toEqual(['payment:success:pi_1'])
  expect(await keys()).toEqual(['payment:success:pi_1', 'payment:success:pi_2'])
  expect(await candidates.read()).toEqual([])
  expect(await open()).toEqual({ pi_3: 'broken' })
})

test('a fact that cannot be recorded becomes a dead letter of its list', async () => {
  const { work, letters, begin } = await openRuns()
  const run = await begin()
  const recorder = { ...work.ingest.recorder, recordPayment: () => Promise.reject(new TypeError()) }
  Object.assign(run.work.ingest, { recorder })
  const fact = listedSuccess('pi_1')
  await run.drift.check.add([{ ...fact, proof: { ...fact.proof, evidence: 'ch_1' } }], now)
  expect((await run.drift.check.finish()).count).toBe(0)
  expect(await letters.find('ch_1')).toMatchObject({ type: 'charges', source: 'reconcile' })
})

test('the keys that lists show are remembered for one wide reconcile of this process', () => {
  const memory = createListedMemory()
  const keys = memory.keysOf(fresh, true)
  expect(keys?.size).toBe(0)
  expect(memory.keysOf(fresh, false)).toBe(keys)
  expect(memory.keysOf({ ...fresh, beganAt: now + 1 }, false)).toBeUndefined()
  expect(memory.keysOf(fresh, true)).not.toBe(keys)
  memory.forget()
  expect(memory.keysOf(fresh, false)).toBeUndefined()
  memory.keysOf(fresh, true)
  expect(memory.keysOf({ ...fresh, isWide: false }, true)).toBeUndefined()
  expect(memory.keysOf(fresh, false)).toBeUndefined()
})
