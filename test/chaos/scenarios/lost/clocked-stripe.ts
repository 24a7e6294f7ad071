import { fork } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'
import { endWithUs } from '../../../support/cleanup.ts'
import { controlsOf, type EmulatorControls } from '../../../support/emulator-controls.ts'
import type { EmulatorAddress } from '../../../support/emulator-process.ts'
import { listEvents } from '../../../support/list-events.ts'
import type { Order } from './stripe-process.ts'

/** A Stripe in a process of its own, whose clock stands still until it is set. */
export interface ClockedStripe extends EmulatorControls, EmulatorAddress {
  setTime(nowMs: number): Promise<void>
  connect(app: { readonly apiUrl: string; readonly metricsUrl: string }): Promise<void>
  /** Every event that Stripe's list shows now, as JSON. */
  listEvents(): Promise<readonly string[]>
}

/** The process, which holds one Stripe after the other. */
export interface StripeProcess {
  open(
    stack: AsyncDisposableStack,
    options: { readonly file: string; readonly nowMs: number; readonly seed: number },
  ): Promise<ClockedStripe>
}

const entry = new URL('stripe-process.ts', import.meta.url).pathname
const openedSchema = z.object({ url: z.string(), secretKey: z.string(), webhookSecret: z.string() })
export function startStripeProcess(stack: AsyncDisposableStack): StripeProcess {
  const child = fork(entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })
  const ended = endWithUs(child.pid)
  const gone = once(child, 'exit').then(() => {
    ended()
    throw new Error('the process of the emulator ended')
  })
  gone.catch(() => undefined)
  stack.defer(async () => {
    child.kill('SIGKILL')
    await gone.catch(() => undefined)
  })
  let queue: Promise<unknown> = Promise.resolve()
  const tell = (order: Order): Promise<unknown> => {
    const answer = queue.then(async () => {
      const answered = once(child, 'message')
      child.send(order)
      const [message] = await Promise.race([answered, gone])
      return message
    })
    queue = answer.catch(() => undefined)
    return answer
  }

  return {
    open: async (runStack, options) => {
      const opened = openedSchema.parse(await tell({ what: 'open', ...options }))
      runStack.defer(async () => void (await tell({ what: 'close' })))
      return {
        ...opened,
        ...controlsOf(opened.url),
        setTime: async (nowMs) => void (await tell({ what: 'clock', nowMs })),
        connect: async ({ apiUrl, metricsUrl }) => {
          const webhookUrl = `${apiUrl}/webhooks/stripe`
          await tell({ what: 'connect', webhookUrl, apiUrl, metricsUrl })
        },
        listEvents: () => listEvents(opened, {}),
      }
    },
  }
}
