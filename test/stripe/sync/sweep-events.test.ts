import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { ListFault } from '../../../src/stripe/client/lists.ts'
import { eventTypes } from '../../../src/stripe/facts/registry.ts'
import { sweep } from '../../../src/stripe/sync/sweep-events.ts'
import { openSweepProgress, readSweepProgress } from '../../../src/stripe/sync/sweep-progress.ts'
import { succeededEvent } from '../../support/listed-payments.ts'
import { genesis } from '../../support/open-test-ledger.ts'
import { openSyncWork, withoutPermission } from '../../support/sync-work.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
const now = genesis + 10 * dayMs
const seconds = genesis / 1000 + 60
const metadata = { countinghouse: 'ledger01', plan: 'starter' }

async function openSweeps() {
  const opened = await openSyncWork()
  const { work, pacing, stripe } = opened
  const kept = async () => readSweepProgress(await work.syncState.read('sweep'))
  const failAt = (list: string, failure: unknown) => {
    stripe.fail = (call) => (call.startsWith(list) ? failure : undefined)
  }
  return { ...opened, kept, failAt, run: () => sweep(work, pacing) }
}

test('events and Checkout Sessions are recorded and counted by outcome, and what can be read resolves its dead letter', async () => {
  const { stripe, letters, keys, open, run } = await openSweeps()
  for (const id of ['evt_new', 'cs_new'])
    await letters.keep({ id, type: 'event', reason: 'broken', source: 'sweep' })
  const lost = succeededEvent('new', seconds)
  stripe.listed.events = [
    ...[lost, lost, succeededEvent('early', genesis / 1000 - 1), { ...lost, livemode: true }],
    ...[{ ...lost, id: 'evt_broken', data: {} }, { object: 'event' }],
  ]
  stripe.listed.checkout_sessions = [
    ...[
      { id: 'cs_new', created: seconds, metadata },
      { id: 'cs_other', created: seconds },
    ],
  ]
  const { outcomes } = await run()
  expect(outcomes).toEqual({
    ...{ new: 2, duplicate: 1, before_genesis: 1, not_counted: 2, unreadable: 2 },
  })
  expect(await keys()).toEqual(['checkout:cs_new', 'payment:success:pi_new'])
  expect(Object.keys(await open()).toSorted()).toEqual(['evt_broken', 'without an id'])
  expect(stripe.types).toEqual(eventTypes)
})

test.each([
  ['an event', 'events', 'event'],
  ['a Checkout Session', 'checkout_sessions', 'checkout_sessions'],
] as const)(
  '%s that makes the reading fail is unreadable, and a dead letter',
  async (_, list, type) => {
    const { work, stripe, letters, run } = await openSweeps()
    const fail = () => {
      throw new TypeError('a fault')
    }
    const recorder = { ...work.ingest.recorder, hasPlan: fail, recordPayment: fail }
    Object.assign(work.ingest, { recorder })
    stripe.listed[list] = [{ ...succeededEvent('1', seconds), metadata }]
    expect((await run()).outcomes.unreadable).toBe(1)
    expect(await letters.find('evt_1')).toMatchObject({ type, source: 'sweep' })
  },
)

test('the sweep has read what both lists have read, and stores it', async () => {
  const { work, stripe, clock, kept, run } = await openSweeps()
  const progress = await openSweepProgress(work.syncState)
  const at = (position: number) => ({ position, window: null, fault: null })
  await progress.save('events', at(now - 5 * hourMs))
  await progress.save('checkout_sessions', at(now - 3 * hourMs))
  stripe.fail = (call) => {
    if (call.startsWith('checkout_sessions')) clock.now += 1_000
    return undefined
  }
  const report = await run()
  expect(report).toMatchObject({ since: now - 6 * hourMs, position: now - 60_000 })
  const state = await work.syncState.read('sweep')
  expect(state).toMatchObject({ position: now - 60_000, report: JSON.stringify(report) })
  expect(await kept()).toEqual({ events: at(now - 60_000), checkout_sessions: at(now - 59_000) })
})

test('an interrupted window is kept with the types that it asked for', async () => {
  const { stripe, kept, run } = await openSweeps()
  stripe.perPage = 1
  stripe.listed.events = ['1', '2'].map((name) => succeededEvent(name, seconds))
  stripe.listed.checkout_sessions = ['1', '2']
  stripe.fail = (call) => (call.includes('after') ? withoutPermission('no') : undefined)
  await expect(run()).rejects.toThrow('no')
  const { events, checkout_sessions } = await kept()
  expect([events?.window?.types, checkout_sessions?.window?.types]).toEqual([eventTypes, []])
})

test.each([
  ['that the key may not read', withoutPermission('no')],
  ['that does not end as it should', new ListFault('repeats')],
])('a list %s does not block the other, and the sweep rejects with it', async (_, failure) => {
  const { work, stripe, failAt, keys, run } = await openSweeps()
  stripe.listed.checkout_sessions = [{ id: 'cs_new', created: seconds, metadata }]
  failAt('events', failure)
  await expect(run()).rejects.toBe(failure)
  expect(await keys()).toEqual(['checkout:cs_new'])
  expect((await work.syncState.read('sweep'))?.succeededAt).toBeNull()
})

test('the first failure is the one that is told', async () => {
  const { stripe, run } = await openSweeps()
  stripe.fail = (call) => withoutPermission(call.split(' ')[0] ?? '')
  await expect(run()).rejects.toThrow('events')
  expect(stripe.asked).toHaveLength(2)
})

test('if Stripe is away, the other list is not tried', async () => {
  const { stripe, failAt, run } = await openSweeps()
  failAt('events', new AppError('stripe_unavailable', 'away'))
  await expect(run()).rejects.toThrow('away')
  expect(stripe.asked).toHaveLength(1)
})

test('a sweep that is stopped ends with the reason of the stop and tries no other list', async () => {
  const { stripe, aborter, run } = await openSweeps()
  stripe.fail = () => {
    aborter.abort(new Error('stopped'))
    return withoutPermission('no')
  }
  await expect(run()).rejects.toThrow('stopped')
  expect(stripe.asked).toHaveLength(1)
})
