import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import {
  type CompareOptions,
  type CompareProgress,
  compareWithStripe,
} from '../../../src/stripe/sync/compare.ts'
import { createKeySet } from '../../../src/stripe/sync/key-set.ts'
import { factRow, payment } from '../../support/facts.ts'
import { succeededCharge } from '../../support/listed-payments.ts'
import { genesis } from '../../support/open-test-ledger.ts'
import { openSyncWork } from '../../support/sync-work.ts'

const seconds = genesis / 1000 + 60
const success = 'billing_payments_total{status="success"}'
const failed = 'billing_payments_total{status="failed"}'
const nothing = { stripe: 0, ledger: 0, absent: 0, changed: 0, notLookedUp: 0, unprovable: 0 }

async function openComparison() {
  const opened = await openSyncWork()
  const { work, pacing } = opened
  const progress: CompareProgress[] = []
  const compare = (changes: Partial<CompareOptions> = {}) =>
    compareWithStripe({
      ...work.ingest,
      ...{ lists: work.lists, queries: work.queries, now: work.now, pacing },
      ...{ genesis, since: genesis, graceMs: 60_000, listedKeys: createKeySet() },
      onProgress: (one) => progress.push(one),
      ...changes,
    })
  return { ...opened, progress, compare }
}

function failedEvent(id: string, changes: object = {}, error: object = { code: 'x' }) {
  const intent = { id: `pi_${id}`, created: seconds, amount: 5, currency: 'usd' }
  const object = { ...intent, last_payment_error: error, ...changes }
  const head = { id: `evt_${id}`, object: 'event', created: seconds, livemode: false }
  return { ...head, type: 'payment_intent.payment_failed', request: null, data: { object } }
}

test('what Stripe lists is compared with the ledger by series, each fact once, from when counting began', async () => {
  const { ledger, stripe, progress, compare } = await openComparison()
  await ledger.record(payment('pi_both'))
  const early = succeededCharge('early', genesis / 1000 - 1)
  const first = succeededCharge('first', genesis / 1000)
  const [both, lost] = ['both', 'lost'].map((name) => succeededCharge(name, seconds))
  stripe.listed.charges = [both, lost, both, first, early]
  stripe.perPage = 2
  const { series, missing, absentKeys, changedKeys } = await compare()
  expect([...series]).toEqual([[success, { ...nothing, stripe: 3, ledger: 1 }]])
  const keys = ['payment:success:pi_lost', 'payment:success:pi_first']
  expect(missing).toEqual({ count: 2, series: { [success]: 2 }, keys })
  expect([absentKeys, changedKeys]).toEqual([[], []])
  expect(progress.map(({ listed }) => listed)).toEqual([2, 3, 3, 3, 3, 3])
  expect(new Set(progress.map(({ facts }) => facts))).toEqual(new Set([0]))
})

test('the lists are read from the whole second in which the time compared begins, and changed by nothing', async () => {
  const { stripe, compare, keys } = await openComparison()
  stripe.listed.charges = [succeededCharge('lost', seconds)]
  await compare({ since: genesis + 1_999 })
  const from = genesis / 1000 + 1
  const lists = ['charges', 'refunds', 'checkout_sessions', 'events']
  expect(stripe.asked.toSorted()).toEqual(lists.map((list) => `${list} ${from}`).toSorted())
  expect(await keys()).toEqual([])
})

test('what a webhook brings within the grace is not missing', async () => {
  const { ledger, stripe, pacing, compare } = await openComparison()
  stripe.listed.charges = [succeededCharge('late', seconds)]
  const pause = async () => void (await ledger.record(payment('pi_late')))
  const { missing } = await compare({ pacing: { ...pacing, pause } })
  expect(missing).toEqual({ count: 0, series: {}, keys: [] })
})

test('only attempts that made no charge are compared by their events, each attempt once', async () => {
  const { ledger, stripe, compare, open } = await openComparison()
  await ledger.record(payment('evt_known', 'failed'))
  const charge = { latest_charge: 'ch_1', id: 'pi_1' }
  const second = failedEvent('second', charge, { code: 'y' })
  stripe.listed.events = [
    ...[failedEvent('known'), failedEvent('lost'), failedEvent('charged', charge), second],
    { ...failedEvent('twin'), data: failedEvent('lost').data },
    { ...failedEvent('broken'), data: {} },
  ]
  const { series, missing } = await compare()
  expect(series.get(failed)).toEqual({ ...nothing, stripe: 3, ledger: 1 })
  expect(missing.keys).toEqual(['payment:failed:evt_lost', 'payment:failed:evt_second'])
  expect(Object.keys(await open())).toEqual(['evt_broken'])
  expect(await open()).toEqual({ evt_broken: expect.stringContaining('data.object') })
})

test('what no list shows is counted by what Stripe has of it', async () => {
  const { ledger, stripe, compare } = await openComparison()
  for (const id of ['pi_absent', 'pi_broken', 'pi_changed', 'pi_refused', 'pi_same'])
    await ledger.record(payment(id))
  await ledger.record(payment('evt_old', 'failed'))
  stripe.fail = (call) =>
    call.endsWith('pi_refused') ? new AppError('stripe_rejected', 'no') : undefined
  const intent = { created: seconds, amount: 5, currency: 'usd', status: 'succeeded' }
  for (const [id, changes] of Object.entries({
    pi_same: {},
    pi_broken: { amount: 'many' },
    pi_changed: { status: 'canceled' },
  }))
    stripe.retrieved.set(`payment_intents ${id}`, { id, ...intent, ...changes })
  const { series, absentKeys, changedKeys } = await compare()
  expect(series.get(success)).toEqual({
    ...nothing,
    ...{ stripe: 1, ledger: 5, absent: 1, changed: 1, notLookedUp: 2 },
  })
  expect(series.get(failed)).toEqual({ ...nothing, ledger: 1, unprovable: 1 })
  expect(absentKeys).toEqual(['payment:success:pi_absent'])
  expect(changedKeys).toEqual(['payment:success:pi_changed'])
})

test('a hundred keys are kept at most, and every thousand facts are told of', async () => {
  const { work, progress, compare } = await openComparison()
  const rows = Array.from({ length: 1_001 }, (_, index) =>
    factRow(`payment:success:pi_${index}`, genesis + 1),
  )
  await work.queries.insertInto('facts').values(rows).execute()
  const { series, absentKeys } = await compare()
  expect(series.get(success)).toEqual({ ...nothing, ledger: 1_001, absent: 1_001 })
  expect(absentKeys).toHaveLength(100)
  expect(progress.filter(({ facts }) => facts > 0)).toEqual([{ listed: 0, facts: 1_000 }])
})
