import { expect, test } from 'vitest'
import { z } from 'zod'
import { controlsOf } from '../../support/emulator-controls.ts'
import { askEmulator, paymentLives } from '../../support/payment-lives.ts'
import { openShop, type Shop } from '../../support/shop-with-clock.ts'

/** How the service comes to know: what is connected or lost before the lives, and what runs after them. */
const ways = {
  webhooks: {
    before: async ({ app }: Shop) => {
      const { apiUrl, metricsUrl } = app
      app.emulator.connect({ webhookUrl: `${apiUrl}/webhooks/stripe`, apiUrl, metricsUrl })
    },
    after: ({ app }: Shop) => controlsOf(app.emulator.url).drained(),
    missedFailures: { first: 0, inTheEnd: 0 },
  },
  'the sweep': {
    before: async () => undefined,
    after: async ({ app }: Shop) => void (await app.syncJobs.runSweep()),
    missedFailures: { first: 0, inTheEnd: 0 },
  },
  'the reconcile': {
    before: ({ fault }: Shop) => fault({ neverGenerate: 1 }),
    after: async ({ app }: Shop) => void (await app.syncJobs.runReconcile()),
    // Two redirects made no charge. Of their events, which the emulator keeps as their only source, one
    // stands for the declined card, whose own event was never made: one too few, never one too many.
    missedFailures: { first: 2, inTheEnd: 1 },
  },
} as const

/** The account's default version and the webhook endpoint's. */
const versions = [
  ['2026-10-28.endive', '2026-10-28.endive'],
  ['2023-10-16', '2026-10-28.endive'],
  ['2022-08-01', '2022-08-01'],
] as const

const factPage = z.object({
  data: z.array(z.object({ label: z.string(), amount_minor: z.int() })),
})
const statuses = ['success', 'failed', 'refunded'] as const

/** The ledger's payments as "amount status", in order. */
async function countedBy({ app }: Shop): Promise<readonly string[]> {
  const answer = await app.call('GET', '/v1/facts?counter=billing_payments_total&limit=200')
  const { data } = factPage.parse(await answer.json())
  return data.map(({ label, amount_minor }) => `${amount_minor} ${label}`).toSorted()
}

async function paymentCounters({ app }: Shop): Promise<Record<string, number | undefined>> {
  const series = await app.counters()
  const entries = statuses.map((status) => [
    status,
    series.get(`billing_payments_total{status="${status}"}`),
  ])
  return Object.fromEntries(entries)
}

/** What the emulator's own records say. */
async function recordedBy({ app }: Shop) {
  const { success, failed, refunded } = (await controlsOf(app.emulator.url).truth(0)).payments
  return { success: success.count, failed: failed.count, refunded: refunded.count }
}

test.each(
  versions.flatMap(([account, webhook]) =>
    (['webhooks', 'the sweep', 'the reconcile'] as const).map(
      (way) => [way, account, webhook] as const,
    ),
  ),
)(
  'every life of a payment is counted as it was, by %s, with an account of API %s and an endpoint of %s',
  async (way, account, webhook) => {
    const shop = await openShop()
    await askEmulator(shop, '/versions', { account, webhook })
    await ways[way].before(shop)
    for (const { live } of paymentLives) await live(shop)
    shop.clock.nowMs += 60_000
    await ways[way].after(shop)

    const expected = paymentLives.flatMap(({ counted, listed }) =>
      way === 'the reconcile' ? (listed ?? counted) : counted,
    )
    expect(await countedBy(shop)).toEqual(
      expected.map(([status, amount]) => `${amount} ${status}`).toSorted(),
    )
    const happened = await recordedBy(shop)
    const counters = await paymentCounters(shop)
    expect(counters).toEqual({
      ...happened,
      failed: happened.failed - ways[way].missedFailures.first,
    })

    expect((await shop.app.counters()).get('billing_checkout_started_total{plan="starter"}')).toBe(
      1,
    )

    // Whatever reports the same again changes nothing.
    await ways.webhooks.before(shop)
    await ways.webhooks.after(shop)
    await shop.app.syncJobs.runSweep()
    const { drift } = await shop.app.syncJobs.runReconcile()
    expect(drift.count).toBe(0)
    expect(await paymentCounters(shop)).toEqual({
      ...happened,
      failed: happened.failed - ways[way].missedFailures.inTheEnd,
    })
  },
)
