import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createStripeClient } from '../src/stripe/client/client.ts'
import { engines } from './support/open-test-ledger.ts'
import { temporaryDatabase } from './support/postgres.ts'
import { startAppWithStripe, startTestApp, type TestApp } from './support/start-test-app.ts'

/**
 * The specification of the whole as one day of a shop: what people do, and what the three
 * counters show afterwards. Everything is real except Stripe, which the emulator replaces.
 */
const atFirst = {
  marketing_posts_total: 0,
  'billing_checkout_started_total{plan="starter"}': 0,
  'billing_checkout_started_total{plan="professional"}': 0,
  'billing_checkout_started_total{plan="enterprise"}': 0,
  'billing_payments_total{status="success"}': 0,
  'billing_payments_total{status="failed"}': 0,
  'billing_payments_total{status="refunded"}': 0,
}

const startedSchema = z.object({
  id: z.string(),
  url: z.url(),
  plan: z.string(),
  expires_at: z.iso.datetime(),
})

async function startCheckout(app: TestApp, plan: string) {
  const answer = await app.call('POST', '/v1/checkout-sessions', { plan })
  expect(answer.status).toBe(201)
  return startedSchema.parse(await answer.json())
}

/** Presses a button of the emulator's pay page. */
async function press(payPage: string, action: string): Promise<void> {
  const body = new URLSearchParams({ action })
  const answer = await fetch(payPage, { method: 'POST', body, redirect: 'manual' })
  expect(answer.status).toBe(303)
}

/** On PostgreSQL the series carry the ledger's own `instance`. */
function withoutInstance(counters: ReadonlyMap<string, number>) {
  return Object.fromEntries(
    [...counters].map(([series, value]) => [
      series.replace(/,?instance="[0-9a-f]{8}-1",?/, '').replace('{}', ''),
      value,
    ]),
  )
}

function expectCounters(app: TestApp, changes: Partial<typeof atFirst>): Promise<void> {
  return vi.waitFor(
    async () => expect(withoutInstance(await app.counters())).toEqual({ ...atFirst, ...changes }),
    { timeout: 10_000 },
  )
}

/** The counters once each of them moved by `count`. */
function everythingMoved(count: number): typeof atFirst {
  return {
    marketing_posts_total: count,
    'billing_checkout_started_total{plan="starter"}': count,
    'billing_checkout_started_total{plan="professional"}': count,
    'billing_checkout_started_total{plan="enterprise"}': count,
    'billing_payments_total{status="success"}': count,
    'billing_payments_total{status="failed"}': count,
    'billing_payments_total{status="refunded"}': count,
  }
}

async function postOnce(app: TestApp): Promise<void> {
  const campaign = await app.call('POST', '/v1/campaigns', {
    name: 'Launch',
    messages: ['Our plans are out.'],
    cron: '0 9 1 1 *',
    time_zone: 'Europe/Berlin',
    channel: 'news',
  })
  expect(campaign.status).toBe(201)
  const { id } = z.object({ id: z.string() }).parse(await campaign.json())
  const post = await app.call('POST', `/v1/campaigns/${id}/posts`)
  expect(post.status).toBe(201)
  expect(await post.json()).toMatchObject({ state: 'sent', text: 'Our plans are out.' })
  expect(app.printed.join('\n')).toContain('Our plans are out.')
}

test.each(engines)('a day of a shop, as the three counters report it, on %s', async (engine) => {
  const url = engine === 'sqlite' ? {} : { DATABASE_URL: await temporaryDatabase() }
  const app = await startAppWithStripe({ environment: { CHANNEL_NEWS: 'console:', ...url } })
  app.emulator.connect({
    webhookUrl: `${app.apiUrl}/webhooks/stripe`,
    apiUrl: app.apiUrl,
    metricsUrl: app.metricsUrl,
  })

  // Before anything happened every series is there, at 0.
  await expectCounters(app, {})

  const stripe = createStripeClient({ secretKey: 'sk_test_shop', apiBase: app.emulator.url })

  // Three people come, one after the other, and each counter moves for each of them.
  for (const count of [1, 2, 3]) {
    const before = everythingMoved(count - 1)

    // Somebody chooses a plan: Stripe created a Checkout Session.
    for (const plan of ['starter', 'enterprise']) await startCheckout(app, plan)
    const first = await startCheckout(app, 'professional')
    expect(first.plan).toBe('professional')
    const started = {
      ...before,
      'billing_checkout_started_total{plan="starter"}': count,
      'billing_checkout_started_total{plan="professional"}': count,
      'billing_checkout_started_total{plan="enterprise"}': count,
    }
    await expectCounters(app, started)

    // The card is declined: an attempt failed.
    await press(first.url, 'decline')
    const declined = { ...started, 'billing_payments_total{status="failed"}': count }
    await expectCounters(app, declined)

    // The same person tries again and pays.
    await press(first.url, 'pay')
    const paid = { ...declined, 'billing_payments_total{status="success"}': count }
    await expectCounters(app, paid)

    // And gets the money back.
    const [payment] = (await stripe.paymentIntents.list()).data
    await stripe.refunds.create({ payment_intent: payment?.id ?? '' })
    const refunded = { ...paid, 'billing_payments_total{status="refunded"}': count }
    await expectCounters(app, refunded)

    // A campaign is made and posted once.
    await postOnce(app)
    await expectCounters(app, everythingMoved(count))
  }

  // The service stops and starts again: the counters go on from where they were.
  await app.stop()
  const again = await startTestApp({ folder: app.folder, environment: app.environment })
  await expectCounters(again, everythingMoved(3))
})
