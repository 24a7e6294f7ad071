import { join } from 'node:path'
import { z } from 'zod'
import { fetchOnce } from './fetch-once.ts'
import { run } from './processes.ts'
import { until } from './wait.ts'

const entry = new URL('../../../src/emulator/main.ts', import.meta.url).pathname
const startLine = z.object({ url: z.string(), secretKey: z.string(), webhookSecret: z.string() })
const tally = z.object({ count: z.number(), ids: z.array(z.string()).default([]) })
const truthSchema = z.object({
  checkouts: z.record(z.string(), tally),
  payments: z.object({ success: tally, failed: tally, refunded: tally }),
})

/** What really happened at Stripe, by Stripe's own process. */
export type Truth = z.infer<typeof truthSchema>
export type PaymentOutcome = 'success' | 'failed' | 'refunded'

/** What the fake Stripe can be asked to do, beside Stripe's API. */
export interface StripeControls {
  pay(outcome: PaymentOutcome, count: number): Promise<void>
  /** Presses a button on the pay page of a Checkout Session. */
  press(payPage: string, action: 'pay' | 'decline' | 'refuse'): Promise<void>
  faults(faults: object | null): Promise<void>
  /** How many webhooks wait to be accepted. */
  pending(): Promise<number>
  /** Makes every webhook that waits due now; answers how many wait. */
  hurry(): Promise<number>
  /** Drops every webhook that waits. */
  forget(): Promise<void>
  /** Resolves when every webhook has been accepted. */
  drained(timeoutMs?: number): Promise<void>
  truth(sinceSeconds: number): Promise<Truth>
}

/** Stripe in a process of its own, which keeps its own truth. */
export interface FakeStripe extends StripeControls {
  readonly url: string
  readonly secretKey: string
  readonly webhookSecret: string
}

export async function startFakeStripe(
  stack: AsyncDisposableStack,
  folder: string,
  webhookUrl: string | undefined,
): Promise<FakeStripe> {
  const running = run(stack, {
    command: process.execPath,
    args: [
      entry,
      '--port=0',
      `--file=${join(folder, 'stripe.db')}`,
      ...(webhookUrl === undefined ? [] : [`--webhook-url=${webhookUrl}`]),
    ],
    folder,
    environment: {},
  })
  const line = await running.line((text) => text.startsWith('{"url"'))
  if (line === undefined) throw new Error(`the fake Stripe did not start: ${running.errorText()}`)
  const started = startLine.parse(JSON.parse(line))
  return { ...started, ...controlsOf(started.url) }
}

export function controlsOf(url: string): StripeControls {
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetchOnce(`${url}/emulator${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`the fake Stripe answered ${path} ${answer.status}: ${text}`)
    return JSON.parse(text)
  }
  const pendingSchema = z.object({ pending: z.number() })
  const hurry = async (): Promise<number> =>
    pendingSchema.parse(await ask('/deliveries/now', {})).pending

  return {
    pay: async (outcome, count) => {
      await ask('/payments', { outcome, count })
    },
    press: async (payPage, action) => {
      const body = new URLSearchParams({ action })
      const answer = await fetchOnce(payPage, { method: 'POST', body, redirect: 'manual' })
      await answer.text()
      if (answer.status !== 303) throw new Error(`the pay page answered ${answer.status}`)
    },
    faults: async (faults) => {
      await ask('/faults', faults)
    },
    pending: async () => pendingSchema.parse(await ask('/deliveries')).pending,
    hurry,
    forget: async () => {
      await fetchOnce(`${url}/emulator/deliveries`, { method: 'DELETE' })
    },
    drained: (timeoutMs = 120_000) =>
      until('every webhook to be accepted', async () => (await hurry()) === 0, timeoutMs),
    truth: async (sinceSeconds) => truthSchema.parse(await ask(`/truth?since=${sinceSeconds}`)),
  }
}
