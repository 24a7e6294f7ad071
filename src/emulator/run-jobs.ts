import { messageOf } from '../errors.ts'
import { type Turn, takeTurn, type World } from './context.ts'
import { expireSession, settleSession } from './payments/checkouts.ts'
import { settlePayment } from './payments/payments.ts'
import { failRefund, settleRefund } from './payments/refunds.ts'
import type { Task, TaskKind } from './store/jobs.ts'

export interface Clockwork {
  /** Does everything that is due by now. */
  run(): void
  stop(): void
}

const batchMax = 100
const pollMsMin = 5
const pollMsMax = 1_000

const verbs: Readonly<Record<TaskKind, (turn: Turn, id: string) => void>> = {
  settle_payment: (turn, id) => {
    const intent = settlePayment(turn, id)
    if (intent) settleSession(turn, intent)
  },
  settle_refund: settleRefund,
  fail_refund: failRefund,
  expire_session: (turn, id) => {
    const session = turn.store.find('checkout_session', id)
    if (session?.status === 'open') expireSession(turn, session)
  },
}

/** Does by itself what the sandbox put off: settles payments and refunds, expires sessions. */
export function startClockwork(
  world: World,
  log: (message: string, detail?: object) => void,
): Clockwork {
  const { tasks } = world
  let timer: NodeJS.Timeout | undefined

  const isDue = () => {
    const next = tasks.nextAtMs()
    return next !== null && next <= world.now()
  }

  const doTask = (turn: Turn, task: Task) => {
    tasks.remove(task)
    verbs[task.kind](turn, task.objectId)
  }

  const run = () => {
    while (isDue())
      takeTurn(world, (turn) => {
        for (const task of tasks.due(turn.nowMs, batchMax)) doTask(turn, task)
      })
  }

  const plan = () => {
    clearTimeout(timer)
    const next = tasks.nextAtMs()
    if (next === null) return
    timer = setTimeout(
      () => {
        try {
          run()
        } catch (cause) {
          log('the sandbox could not do what was due', { cause: messageOf(cause) })
        }
        plan()
      },
      Math.min(Math.max(next - world.now(), pollMsMin), pollMsMax),
    )
  }

  tasks.onWake(plan)
  plan()
  return { run, stop: () => clearTimeout(timer) }
}
