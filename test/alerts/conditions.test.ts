import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { recover } from '../../src/commands/recover.ts'
import { type AlertChannel, headlines, openAlertChannel } from '../support/alert-channel.ts'
import { runCommand } from '../support/run-command.ts'
import { openShop, type Shop } from '../support/shop-with-clock.ts'
import { startTestApp, webhookSecret } from '../support/start-test-app.ts'
import { deliver, eventBody, sign } from '../support/webhooks.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

interface AlertShop extends Shop {
  readonly alerts: AlertChannel
}

async function openAlertShop(): Promise<AlertShop> {
  const alerts = await openAlertChannel()
  const environment = {
    ALERT_CHANNEL: alerts.address,
    PUBLIC_URL: 'https://pay.example.com',
    // Its receiver answers 404, or takes a text and confirms nothing.
    CHANNEL_CHAT: alerts.address,
  }
  return { ...(await openShop({ environment })), alerts }
}

/** Lets time pass and the alerter look; the first look may join one that began before. */
async function pass({ clock, app }: Shop, waitMs: number): Promise<void> {
  clock.nowMs += waitMs
  await app.alerts?.look()
  await app.alerts?.look()
}

async function sendUnreadable({ app, clock }: Shop): Promise<void> {
  const body = eventBody('payment_intent.succeeded', {
    id: 'evt_unreadable',
    object: { amount_received: 'much' },
  })
  const timestamp = Math.floor(clock.nowMs / 1000)
  const answer = await deliver(app.apiUrl, body, sign(body, { timestamp, secret: webhookSecret }))
  expect(await answer.json()).toMatchObject({ outcome: 'dead_letter' })
}

async function postUnconfirmed({ app, alerts }: AlertShop): Promise<void> {
  const campaign = { name: 'Sale', messages: ['one'], cron: '0 0 1 1 *', channel: 'chat' }
  const { id } = named.parse(await (await app.call('POST', '/v1/campaigns', campaign)).json())
  alerts.willDo(500)
  await app.call('POST', `/v1/campaigns/${id}/posts`)
}

const named = z.object({ id: z.string() })
const posts = z.object({ data: z.array(z.object({ id: z.string(), campaign_id: z.string() })) })

async function resolveUnknown({ app }: Shop): Promise<void> {
  const { data } = posts.parse(await (await app.call('GET', '/v1/posts?state=unknown')).json())
  for (const { id, campaign_id } of data)
    await app.call('POST', `/v1/campaigns/${campaign_id}/posts/${id}/resolve`, { as: 'failed' })
}

async function refuseThree({ app }: Shop): Promise<void> {
  for (let count = 0; count < 3; count += 1)
    expect((await deliver(app.apiUrl, '{}', 'v1=none')).status).toBe(400)
  // The first is written at once, the others a few seconds later.
  await vi.waitFor(
    async () => {
      const page = await (await app.call('GET', '/trust')).text()
      expect(page).toMatch(/3 were refused/)
    },
    { timeout: 20_000, interval: 200 },
  )
}

interface Case {
  readonly begin: (shop: AlertShop) => Promise<unknown>
  readonly holdsForMs?: number
  readonly end: (shop: AlertShop) => Promise<unknown>
}

const cases: Readonly<Record<string, Case>> = {
  'FIRING (warning) CountinghouseDrift': {
    begin: async (shop) => {
      await shop.pay(1, 'success')
      shop.clock.nowMs += hourMs
      await shop.app.syncJobs.runReconcile()
    },
    end: async (shop) => {
      shop.clock.nowMs += hourMs
      await shop.app.syncJobs.runReconcile()
    },
  },
  'FIRING (warning) CountinghouseDeadLetters': {
    begin: sendUnreadable,
    end: ({ app }) => app.call('POST', '/v1/dead-letters/evt_unreadable/dismiss'),
  },
  'FIRING (warning) CountinghouseUnknownPosts': { begin: postUnconfirmed, end: resolveUnknown },
  'FIRING (critical) StripeWebhookRejected': {
    begin: refuseThree,
    end: async (shop) => {
      await pass(shop, 16 * minuteMs)
      shop.clock.nowMs += 15 * minuteMs
    },
  },
  'FIRING (warning) StripeWebhooksSilent': {
    begin: async (shop) => {
      await shop.pay(3, 'success')
      shop.clock.nowMs += 5 * minuteMs
      await shop.app.syncJobs.runSweep()
    },
    holdsForMs: 10 * minuteMs,
    end: async (shop) => {
      shop.clock.nowMs += 2 * hourMs
    },
  },
  'FIRING (warning) CountinghouseSweepLate': {
    begin: async (shop) => {
      shop.clock.nowMs += 30 * minuteMs
    },
    holdsForMs: 10 * minuteMs,
    end: ({ app }) => app.syncJobs.runSweep(),
  },
  'FIRING (critical) CountinghouseSweepNearHorizon': {
    begin: async (shop) => {
      shop.clock.nowMs += 25 * dayMs + hourMs
    },
    holdsForMs: 10 * minuteMs,
    end: ({ app }) => app.syncJobs.runSweep(),
  },
  'FIRING (warning) CountinghouseReconcileLate': {
    begin: async (shop) => {
      shop.clock.nowMs += 3 * hourMs
    },
    holdsForMs: 10 * minuteMs,
    end: ({ app }) => app.syncJobs.runReconcile(),
  },
}

test.each(Object.entries(cases))(
  '%s is posted once when it begins and once more when it is over',
  async (firing, { begin, holdsForMs = 0, end }) => {
    const shop = await openAlertShop()
    const over = firing.replace(/^FIRING \(\w+\)/, 'OVER')
    const told = () =>
      shop.alerts.texts.flatMap(headlines).filter((line) => line === firing || line === over)
    await pass(shop, 0)
    await begin(shop)
    await pass(shop, 0)
    if (holdsForMs > 0) {
      expect(told()).toEqual([])
      await pass(shop, holdsForMs)
    }
    expect(told()).toEqual([firing])
    await pass(shop, minuteMs)
    expect(told()).toEqual([firing])
    await end(shop)
    await pass(shop, minuteMs)
    await pass(shop, minuteMs)
    expect(told()).toEqual([firing, over])
    await pass(shop, 5 * minuteMs)
    expect(told()).toEqual([firing, over])
  },
)

test('an ended series is posted once, also over a restart, and once more after recover', async () => {
  const shop = await openAlertShop()
  const told = () =>
    shop.alerts.texts.flatMap(headlines).filter((line) => line.includes('CountinghouseSeriesEnded'))
  await shop.pay(1, 'success')
  shop.clock.nowMs += 5 * minuteMs
  await shop.app.syncJobs.runSweep()
  expect([...(await shop.app.counters()).values()]).toContain(1)
  if (shop.location.engine !== 'sqlite') throw new Error('a SQLite ledger was asked for')
  using intruder = new DatabaseSync(shop.location.path)
  intruder.exec('update totals set total = 0')
  await pass(shop, 0)
  await pass(shop, 2 * minuteMs)
  expect(told()).toEqual(['FIRING (critical) CountinghouseSeriesEnded'])
  const { environment, folder } = shop.app
  const restart = () =>
    startTestApp({
      environment,
      folder,
      dependencies: { now: shop.now, pause: async () => undefined },
    })
  await shop.app.stop()
  const second = await restart()
  await pass({ ...shop, app: { ...shop.app, ...second } }, 10 * minuteMs)
  expect(told()).toHaveLength(1)
  await second.stop()
  await runCommand(recover, environment, ['--yes'], () => shop.clock.nowMs)
  const third = await restart()
  await pass({ ...shop, app: { ...shop.app, ...third } }, 10 * minuteMs)
  expect(told().slice(1)).toEqual(['OVER CountinghouseSeriesEnded'])
})
