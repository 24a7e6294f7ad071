import { fork } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'
import { controlsOf, type StripeControls } from './fake-stripe.ts'
import { fetchOnce } from './fetch-once.ts'
import type { Order } from './lost-stripe-process.ts'

/** A Stripe in a process of its own, whose clock stands until it is told the time. */
export interface ClockedStripe extends StripeControls {
  readonly url: string
  readonly secretKey: string
  readonly webhookSecret: string
  tellTime(nowMs: number): Promise<void>
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

const entry = new URL('lost-stripe-process.ts', import.meta.url).pathname
const openedSchema = z.object({ url: z.string(), secretKey: z.string(), webhookSecret: z.string() })
const pageSchema = z.object({
  data: z.array(z.looseObject({ id: z.string() })),
  has_more: z.boolean(),
})

export function startStripeProcess(stack: AsyncDisposableStack): StripeProcess {
  const child = fork(entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })
  const gone = once(child, 'exit').then(() => {
    throw new Error('the process of the fake Stripe ended')
  })
  gone.catch(() => undefined)
  stack.defer(async () => {
    child.kill('SIGKILL')
    await gone.catch(() => undefined)
  })
  let queue: Promise<unknown> = Promise.resolve()
  const tell = (order: Order): Promise<unknown> => {
    const answer = queue.then(async () => {
      const told = once(child, 'message')
      child.send(order)
      const [message] = await Promise.race([told, gone])
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
        tellTime: async (nowMs) => void (await tell({ what: 'clock', nowMs })),
        connect: async ({ apiUrl, metricsUrl }) => {
          const webhookUrl = `${apiUrl}/webhooks/stripe`
          await tell({ what: 'connect', webhookUrl, apiUrl, metricsUrl })
        },
        listEvents: () => listEvents(opened),
      }
    },
  }
}

async function listEvents({ url, secretKey }: z.infer<typeof openedSchema>) {
  const bodies: string[] = []
  for (let after = ''; ; ) {
    const answer = await fetchOnce(
      `${url}/v1/events?limit=100${after && `&starting_after=${after}`}`,
      { headers: { authorization: `Bearer ${secretKey}` } },
    )
    const page = pageSchema.parse(await answer.json())
    for (const event of page.data) bodies.push(JSON.stringify(event))
    after = page.data.at(-1)?.id ?? ''
    if (!page.has_more) return bodies
  }
}
