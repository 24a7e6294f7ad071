import { z } from 'zod'
import type { Engine } from '../../src/database/engine.ts'
import { type FakeStripeApi, type StripeObject, startFakeStripeApi } from './fake-stripe-api.ts'
import { temporaryDatabase } from './postgres.ts'
import { startTestApp, type TestApp, webhookSecret } from './start-test-app.ts'
import { deliver } from './webhooks.ts'

export interface AppWithFakeStripe {
  readonly app: TestApp
  readonly stripe: FakeStripeApi
  /** Delivers an event by webhook; answers the outcome, or the status where it was refused. */
  send(event: StripeObject): Promise<unknown>
  /** The committed total of `billing_payments_total` for a status. */
  payments(status: 'success' | 'failed' | 'refunded'): Promise<number>
  /** The same for each status. */
  allPayments(): Promise<Record<'success' | 'failed' | 'refunded', number>>
  /** Calls the API; answers the body with the status. */
  call(method: string, path: string): Promise<Record<string, unknown>>
}

const totals = z.object({ data: z.array(z.object({ label: z.string(), committed: z.int() })) })

/** The service against a fake of Stripe's reading API; webhooks come from the test. */
export async function startWithFakeStripe(
  engine: Engine = 'sqlite',
  environment: Readonly<Record<string, string>> = {},
): Promise<AppWithFakeStripe> {
  const stripe = await startFakeStripeApi()
  const app = await startTestApp({
    environment: {
      STRIPE_SECRET_KEY: 'sk_test_none',
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_API_BASE: stripe.url,
      ...(engine === 'postgres' ? { DATABASE_URL: await temporaryDatabase() } : {}),
      ...environment,
    },
    dependencies: { pause: async () => undefined },
  })
  const payments: AppWithFakeStripe['payments'] = async (status) => {
    const { data } = totals.parse(await (await app.call('GET', '/v1/totals')).json())
    return data.find(({ label }) => label === status)?.committed ?? 0
  }
  return {
    app,
    stripe,
    send: async (event) => {
      const answer = await deliver(app.apiUrl, JSON.stringify(event))
      const text = await answer.text()
      return answer.status === 200 ? JSON.parse(text).outcome : answer.status
    },
    payments,
    allPayments: async () => ({
      success: await payments('success'),
      failed: await payments('failed'),
      refunded: await payments('refunded'),
    }),
    call: async (method, path) => {
      const answer = await app.call(method, path)
      return { status: answer.status, ...JSON.parse(await answer.text()) }
    },
  }
}
