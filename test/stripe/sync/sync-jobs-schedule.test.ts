import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import type { SyncContext } from '../../../src/stripe/sync/sync-context.ts'
import { succeededCharge, succeededEvent } from '../../support/listed-payments.ts'
import { openSyncJobs } from '../../support/open-sync-jobs.ts'
import { genesis } from '../../support/open-test-ledger.ts'

const minuteMs = 60_000
const seconds = genesis / 1000 + 60

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

test('the leader runs both jobs when it starts, and then on their schedules', async () => {
  const { jobs, clock, succeededAt, tick, settled } = await openSyncJobs()
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
  const { jobs, leader, stripe, clock, succeededAt, tick, settled } = await openSyncJobs()
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

test('a job that fails is tried again on its schedule, and the cause of both is told once a minute', async () => {
  const { jobs, errors, stripe, tick, settled } = await openSyncJobs()
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

test('a job that got on before it failed is due again in ten seconds', async () => {
  const { jobs, stripe, tick, settled } = await openSyncJobs()
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

test('jobs that are stopped end without being told, and none starts again', async () => {
  const { jobs, errors, stripe, tick } = await openSyncJobs({
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
  const { work, jobs, succeededAt, clock, tick, settled } = await openSyncJobs()
  const { read } = work.syncState
  Object.assign(work.syncState, { read: () => Promise.reject(new Error('away')) })
  jobs.start()
  await settled()
  Object.assign(work.syncState, { read })
  await tick(1_000)
  expect((await succeededAt())[1]).toBe(clock.now)
  await jobs.stop()
})

/** Makes the jobs wait for their state until the returned function is called. */
function hold({ syncState }: SyncContext): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { read } = syncState
  Object.assign(syncState, {
    read: (...args: Parameters<typeof read>) => promise.then(() => read(...args)),
  })
  return resolve
}

test('a check that falls due while a job runs follows it', async () => {
  const { jobs, work, stripe, tick, settled } = await openSyncJobs()
  const release = hold(work)
  jobs.start()
  await settled()
  await tick(5 * minuteMs)
  release()
  await settled()
  expect(stripe.asked.filter((call) => call.startsWith('events'))).toHaveLength(2)
  await jobs.stop()
})

test('a stop waits for a job that somebody asked for', async () => {
  const { jobs, work, settled } = await openSyncJobs()
  const release = hold(work)
  const order: string[] = []
  const sweep = jobs.runSweep().catch(() => order.push('swept'))
  await settled()
  const stop = jobs.stop().then(() => order.push('stopped'))
  await settled()
  expect(order).toEqual([])
  release()
  await Promise.all([sweep, stop])
  expect(order).toEqual(['swept', 'stopped'])
})

test('in real time a reconcile waits for what may be in transit, until it is stopped', async () => {
  const { jobs, stripe, settled } = await openSyncJobs({ isRealTime: true })
  stripe.listed.charges = [succeededCharge('lost', seconds)]
  const failed = expect(jobs.runReconcile()).rejects.toMatchObject({ name: 'AbortError' })
  await settled()
  await jobs.stop()
  await failed
})
