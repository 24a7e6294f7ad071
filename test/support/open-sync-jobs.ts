import { vi } from 'vitest'
import { noTraces } from '../../instrumentation/traces/traces.ts'
import { createSyncJobs, type SyncJobsOptions } from '../../src/stripe/sync/sync-jobs.ts'
import { createCronSchedule } from '../../src/time/cron-schedule.ts'
import { openSyncWork } from './sync-work.ts'

interface Changes extends Partial<SyncJobsOptions> {
  readonly isRealTime?: boolean
}

/** With faked intervals: jobs that sweep every five minutes and reconcile every hour, in a process that leads. */
export async function openSyncJobs({ isRealTime = false, ...changes }: Changes = {}) {
  const opened = await openSyncWork()
  const { work, clock, told, stripe } = opened
  const errors: object[] = []
  const leader = { isLeader: true }
  const log = { ...work.log, error: (fields: object) => void errors.push(fields) }
  const pause = async (waitMs: number) => {
    clock.now += waitMs
  }
  const jobs = createSyncJobs({
    ...{ work, log, traces: noTraces, isLeader: () => leader.isLeader },
    schedules: {
      sweep: createCronSchedule('*/5 * * * *', 'UTC', 0),
      reconcile: createCronSchedule('0 * * * *', 'UTC', 0),
    },
    checkAccount: async () => undefined,
    ...(isRealTime ? {} : { pause }),
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
      for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate)
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
