import { messageOf } from '../errors.ts'
import { type EmulatorContext, runUnitOfWork, type UnitOfWork } from './context.ts'
import { expireSession, finishSession } from './payments/checkouts.ts'
import { expireHold } from './payments/holds.ts'
import { finishRenewal } from './payments/pay-renewal.ts'
import { finishPayment } from './payments/payments.ts'
import { failRefund, finishRefund } from './payments/refunds.ts'
import type { Job, JobKind } from './store/jobs.ts'

export interface JobRunner {
  /** Runs all due jobs. */
  run(): void
  stop(): void
}

const batchMax = 100
const pollMsMin = 5
const pollMsMax = 1_000

const verbs: Readonly<Record<JobKind, (unit: UnitOfWork, id: string) => void>> = {
  finish_payment: (unit, id) => {
    const intent = finishPayment(unit, id)
    if (!intent) return
    finishSession(unit, intent)
    finishRenewal(unit, intent)
  },
  finish_refund: finishRefund,
  fail_refund: failRefund,
  expire_hold: expireHold,
  expire_session: (unit, id) => {
    const session = unit.store.find('checkout_session', id)
    if (session?.status === 'open') expireSession(unit, session)
  },
}

/** Runs the emulator's deferred work: settles payments and refunds, expires sessions. */
export function startJobRunner(
  context: EmulatorContext,
  log: (message: string, detail?: object) => void,
): JobRunner {
  const { jobs } = context
  let timer: NodeJS.Timeout | undefined

  const isDue = () => {
    const next = jobs.nextAtMs()
    return next !== null && next <= context.now()
  }

  const doJob = (unit: UnitOfWork, job: Job) => {
    jobs.remove(job)
    verbs[job.kind](unit, job.objectId)
  }

  const run = () => {
    while (isDue())
      runUnitOfWork(context, (unit) => {
        for (const job of jobs.due(unit.nowMs, batchMax)) doJob(unit, job)
      })
  }

  const plan = () => {
    clearTimeout(timer)
    const next = jobs.nextAtMs()
    if (next === null) return
    timer = setTimeout(
      () => {
        try {
          run()
        } catch (cause) {
          log('the emulator could not do what was due', { cause: messageOf(cause) })
        }
        plan()
      },
      Math.min(Math.max(next - context.now(), pollMsMin), pollMsMax),
    )
  }

  jobs.onWake(plan)
  plan()
  return { run, stop: () => clearTimeout(timer) }
}
