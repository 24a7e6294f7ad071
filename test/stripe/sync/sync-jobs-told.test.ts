import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ListFault } from '../../../src/stripe/client/lists.ts'
import { factRow } from '../../support/facts.ts'
import { succeededCharge, succeededEvent } from '../../support/listed-payments.ts'
import { openSyncJobs } from '../../support/open-sync-jobs.ts'
import { genesis } from '../../support/open-test-ledger.ts'

const minuteMs = 60_000
const seconds = genesis / 1000 + 60

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

test('what the jobs find is told: what webhooks missed, and facts that Stripe does not have', async () => {
  const { work, jobs, stripe, clock, told } = await openSyncJobs()
  await jobs.runSweep()
  await jobs.runReconcile()
  expect(told).toEqual([])
  const key = 'payment:success:pi_gone'
  await work.queries.insertInto('facts').values(factRow(key, clock.now)).execute()
  const swept = succeededEvent('swept', seconds)
  stripe.listed.events = [swept]
  stripe.retrieved.set('payment_intents pi_swept', swept.data.object)
  stripe.listed.charges = [succeededCharge('drifted', seconds)]
  clock.now += 24 * 60 * minuteMs
  jobs.start()
  await vi.waitFor(() => expect(told).toHaveLength(3))
  const drift = { 'billing_payments_total{status="success"}': 1 }
  expect(told).toContainEqual({ info: { facts: 1 } })
  expect(told).toContainEqual({ warn: { drift } })
  expect(told).toContainEqual({ warn: { keys: [key] } })
  await jobs.stop()
})

test('a list that does not end as it should is told where it is found, not again here', async () => {
  const { jobs, errors, stripe, settled } = await openSyncJobs()
  stripe.fail = () => new ListFault('repeats')
  jobs.start()
  await settled()
  expect(errors).toEqual([])
  await jobs.stop()
})

test('lost events are stored and told, and the leader then reconciles widely', async () => {
  const { work, jobs, told, tick, settled } = await openSyncJobs()
  jobs.start()
  await settled()
  await jobs.noteLostEvents({ eventId: 'evt_1' })
  expect(told).toEqual([{ warn: { event: 'evt_1' } }])
  expect(await work.syncState.pendingNotice()).toBe(1)
  await tick(1_000)
  expect(await work.syncState.pendingNotice()).toBeUndefined()
  await jobs.stop()
})

test('lost events that cannot be stored are refused, so that Stripe sends them again', async () => {
  const { work, jobs, told } = await openSyncJobs()
  const noteLostEvents = () => Promise.reject(new Error('the disk is full'))
  Object.assign(work.syncState, { noteLostEvents })
  await expect(jobs.noteLostEvents({ eventId: 'evt_1' })).rejects.toMatchObject({
    code: 'not_committed',
    cause: new Error('the disk is full'),
  })
  expect(told).toEqual([])
})
