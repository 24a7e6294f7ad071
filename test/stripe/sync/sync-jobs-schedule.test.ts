import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { noTraces } from '../../../instrumentation/traces/traces.ts'
import { AppError } from '../../../src/errors.ts'
import { ListFault } from '../../../src/stripe/client/lists.ts'
import { createSyncJobs, type SyncJobsOptions } from '../../../src/stripe/sync/sync-jobs.ts'
import { createCronSchedule } from '../../../src/time/cron-schedule.ts'
import { factRow } from '../../support/facts.ts'
import { succeededCharge, succeededEvent } from '../../support/listed-payments.ts'
import { genesis } from '../../support/open-test-ledger.ts'
import { openSyncWork } from '../../support/sync-work.ts'

const minuteMs = 60_000
const seconds = genesis / 1000 + 60

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** Jobs that sweep every five minutes and reconcile every hour, in a process that leads. */
async function openJobs(changes: Partial<SyncJobsOptions> = {}) {
  const opened = await openSyncWork()
  const { work, clock, told, stripe } = opened
  const errors: object[] = []
  const leader = { isLeader: true }
  const log = { ...work.log, error: (fields: object) => void errors.push(fields) }
  const jobs = createSyncJobs({
    ...{ work, log, traces: noTraces, isLeader: () => leader.isLeader },
    schedules: {
      sweep: createCronSchedule('*/5 * * * *', 'UTC', 0),
      reconcile: createCronSchedule('0 * * * *', 'UTC', 0),
    },
    checkAccount: async () => undefined,
    pause: async (waitMs) => {
      clock.now += waitMs
    },
    ...changes,
  })
  const succeededAt = async () => {
    const [sweep, reconcile] = [
      await work.syncState.read('sweep'),
      await work.syncState.read('reconcile'),
    ]
    return [sweep?.succeededAt ?? null, reconcile?.succeededAt ?? null]
  }
  /** Resolves when the jobs ask Stripe for nothing more. */
  const settled = async () => {
    let before = -1
    while (before !== stripe.asked.length) {
      before = stripe.asked.length
      for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
    }
  }
  /** Lets time pass, and what it starts end. */
  const tick = async (waitMs = 0) => {
    clock.now += waitMs
    vi.advanceTimersByTime(1_000)
    await settled()
  }
  return { ...opened, jobs, errors, leader, told, succeededAt, tick, settled }
}

test('the leader runs both jobs when it starts, and then on their schedules', async () => {
  const { jobs, clock, succeededAt, tick, settled } = await openJobs()
  const start = clock.now
  jobs.start()
  await settled()
  expect(await succeededAt()).toEqual([start, start])
  await tick(4 * minuteMs)
  expect(await succeededAt()).toEqual([start, start])
  await tick(minuteMs)
  expect(await succeededAt()).toEqual([start + 5 * minuteMs, start])
  await tick(55 * minuteMs)
  expect(await succeededAt()).toEqual([start + 60 * minuteMs, start + 60 * minuteMs])
  await jobs.stop()
})

test('only the leader runs them, and one that becomes it sweeps at once', async () => {
  const { jobs, leader, stripe, clock, succeededAt, tick, settled } = await openJobs()
  leader.isLeader = false
  jobs.start()
  await settled()
  await tick()
  expect(stripe.asked).toEqual([])
  leader.isLeader = true
  await tick()
  expect(await succeededAt()).toEqual([clock.now, clock.now])
  leader.isLeader = false
  await tick(1_000)
  leader.isLeader = true
  const before = clock.now
  await tick()
  expect((await succeededAt())[0]).toBe(before)
  await jobs.stop()
})

test('what the jobs find is told: what webhooks missed, and facts that Stripe does not have', async () => {
  const { work, jobs, stripe, clock, told } = await openJobs()
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

test('a job that fails is tried again on its schedule, and the cause of both is told once a minute', async () => {
  const { jobs, errors, stripe, tick, settled } = await openJobs()
  stripe.fail = () => new AppError('stripe_unavailable', 'away')
  jobs.start()
  await settled()
  expect(stripe.asked).toHaveLength(2)
  expect(errors).toEqual([{ error: expect.anything() }])
  await tick(5 * minuteMs)
  expect(errors).toHaveLength(2)
  stripe.fail = () => new AppError('stripe_unavailable', 'still away')
  await tick(5 * minuteMs)
  expect(errors).toHaveLength(3)
  await jobs.stop()
})

test('a list that does not end as it should is told where it is found, not again here', async () => {
  const { jobs, errors, stripe, settled } = await openJobs()
  stripe.fail = () => new ListFault('repeats')
  jobs.start()
  await settled()
  expect(errors).toEqual([])
  await jobs.stop()
})

test('a job that got on before it failed is due again in ten seconds', async () => {
  const { jobs, stripe, tick, settled } = await openJobs()
  stripe.perPage = 1
  stripe.listed.events = ['1', '2', '3'].map((name) => succeededEvent(name, seconds))
  stripe.fail = (call) =>
    call.endsWith('after 1') ? new AppError('stripe_unavailable', '') : undefined
  jobs.start()
  await settled()
  stripe.asked.length = 0
  await tick(9_999)
  expect(stripe.asked).toEqual([])
  await tick(1)
  expect(stripe.asked.filter((call) => call.startsWith('events'))).toHaveLength(1)
  await tick(10_000)
  expect(stripe.asked.filter((call) => call.startsWith('events'))).toHaveLength(1)
  await jobs.stop()
})

test('lost events are stored and told, and the leader then reconciles widely', async () => {
  const { work, jobs, told, tick, settled } = await openJobs()
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
  const { work, jobs, told } = await openJobs()
  const noteLostEvents = () => Promise.reject(new Error('the disk is full'))
  Object.assign(work.syncState, { noteLostEvents })
  await expect(jobs.noteLostEvents({ eventId: 'evt_1' })).rejects.toMatchObject({
    code: 'not_committed',
    cause: new Error('the disk is full'),
  })
  expect(told).toEqual([])
})

test('jobs that are stopped end without being told, and none starts again', async () => {
  const { jobs, errors, stripe, tick } = await openJobs({
    checkAccount: () => new Promise(() => undefined),
  })
  jobs.start()
  const asked = jobs.runSweep()
  const failed = expect(asked).rejects.toThrow('the sync jobs were stopped')
  await jobs.stop()
  await failed
  await tick(60 * minuteMs)
  expect([errors, stripe.asked]).toEqual([[], []])
  expect(vi.getTimerCount()).toBe(0)
})

test('a ledger that cannot be read is asked again in a second', async () => {
  const { work, jobs, succeededAt, clock, tick, settled } = await openJobs()
  const { read } = work.syncState
  Object.assign(work.syncState, { read: () => Promise.reject(new Error('away')) })
  jobs.start()
  await settled()
  Object.assign(work.syncState, { read })
  await tick(1_000)
  expect((await succeededAt())[1]).toBe(clock.now)
  await jobs.stop()
})
