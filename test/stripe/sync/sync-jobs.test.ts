import { expect, test, vi } from 'vitest'
import { readReconcileReport } from '../../../src/stripe/sync/reconcile-report.ts'
import { engines } from '../../support/open-test-ledger.ts'
import { openShop, type Shop } from '../../support/shop-with-clock.ts'
import { startTestApp } from '../../support/start-test-app.ts'
import { deliver, eventBody, sign } from '../../support/webhooks.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

async function expectTruth(shop: Shop): Promise<void> {
  const truth = await shop.truth()
  expect(truth.length).toBeGreaterThan(0)
  expect(await shop.keys()).toEqual(truth)
}

function press(payPage: string, action: string): Promise<Response> {
  return fetch(payPage, {
    method: 'POST',
    body: new URLSearchParams({ action }),
    redirect: 'manual',
  })
}

test.each(engines)('when no webhook arrives, one sweep brings everything: %s', async (engine) => {
  const shop = await openShop({ engine })
  await shop.pay(130, 'success')
  await shop.pay(3, 'failed')
  await shop.pay(2, 'refunded')
  await press(await shop.checkout('starter'), 'pay')
  const { outcomes } = await shop.app.syncJobs.runSweep()
  expect(outcomes.new).toBe(130 + 3 + 2 + 2 + 1)
  await expectTruth(shop)
  const shown = [...(await shop.app.counters())].filter(([name]) => name.includes('"success"'))
  expect(shown.map(([, value]) => value)).toEqual([133])
  expect((await shop.app.syncJobs.runSweep()).outcomes.new).toBe(0)
  expect((await shop.app.syncJobs.runReconcile()).drift.count).toBe(0)
})

test('a checkout whose response was lost is found by the list, because its start has no event', async () => {
  const shop = await openShop()
  await shop.checkout('starter')
  await shop.fault({ apiTimeout: 1 })
  const answer = await shop.app.call('POST', '/v1/checkout-sessions', { plan: 'starter' })
  expect(answer.status).toBe(503)
  await shop.fault(null)
  expect((await shop.app.syncJobs.runSweep()).outcomes).toMatchObject({ new: 1, duplicate: 1 })
  await expectTruth(shop)
})

test.each(engines)(
  'events never generated are found in the lists, as drift: %s',
  async (engine) => {
    const shop = await openShop({ engine })
    await shop.fault({ neverGenerate: 1 })
    await shop.pay(120, 'success')
    await shop.pay(2, 'failed')
    await shop.pay(1, 'refunded')
    expect((await shop.app.syncJobs.runSweep()).outcomes.new).toBe(0)
    const report = await shop.app.syncJobs.runReconcile()
    expect(report.drift).toMatchObject({
      count: 124,
      series: {
        'billing_payments_total{status="success"}': 121,
        'billing_payments_total{status="failed"}': 2,
        'billing_payments_total{status="refunded"}': 1,
      },
    })
    expect(report.drift.keys).toHaveLength(100)
    await expectTruth(shop)
    expect(new Set((await shop.ledger()).map(({ source }) => source))).toEqual(
      new Set(['reconcile']),
    )
    expect((await shop.app.syncJobs.runReconcile()).drift).toEqual({
      count: 0,
      series: {},
      keys: [],
    })
    expect(readReconcileReport(await shop.round('reconcile'))?.drift.count).toBe(0)
  },
)

test('what a webhook delivers within the minute is not drift', async () => {
  const shop = await openShop()
  await shop.fault({ delayMs: 30_000 })
  await shop.pay(1, 'success')
  const { app, clock } = shop
  const before = clock.nowMs
  shop.duringPause.run = async () => {
    const urls = { apiUrl: app.apiUrl, metricsUrl: app.metricsUrl }
    app.emulator.connect({ webhookUrl: `${app.apiUrl}/webhooks/stripe`, ...urls })
    await vi.waitFor(async () => expect(await shop.keys()).toHaveLength(1))
  }
  const { drift } = await app.syncJobs.runReconcile()
  expect(clock.nowMs - before).toBe(60_000)
  expect(drift.count).toBe(0)
  expect(await shop.ledger()).toMatchObject([{ source: 'webhook' }])
  await expectTruth(shop)
})

test('events that the list shows half an hour late are not passed over by the cursor', async () => {
  const shop = await openShop()
  await shop.fault({ lateListMs: hourMs / 2 })
  await shop.pay(3, 'success')
  shop.clock.nowMs += 5 * 60_000
  expect((await shop.app.syncJobs.runSweep()).outcomes.new).toBe(0)
  shop.clock.nowMs += hourMs / 2
  expect((await shop.app.syncJobs.runSweep()).outcomes.new).toBe(3)
  await expectTruth(shop)
})

test('the cursor stays a minute behind Stripe, never moves back, and stays when a job fails', async () => {
  const shop = await openShop()
  await shop.app.syncJobs.runSweep()
  const position = async () => (await shop.round('sweep'))?.position ?? 0
  const first = await position()
  expect(shop.clock.nowMs - first).toBe(0)
  shop.clock.nowMs += hourMs
  await shop.app.syncJobs.runSweep()
  expect(shop.clock.nowMs - (await position())).toBe(60_000)
  const second = await position()
  shop.clock.nowMs += hourMs
  await shop.pay(5, 'success')
  await shop.fault({ apiRateLimit: 1 })
  await expect(shop.app.syncJobs.runSweep()).rejects.toMatchObject({ code: 'stripe_unavailable' })
  expect(await position()).toBe(second)
  await shop.fault(null)
  shop.clock.nowMs -= 2 * hourMs
  await shop.app.syncJobs.runSweep()
  expect(await position()).toBe(second)
})

test('a job waits when Stripe’s rate limit was hit', async () => {
  const shop = await openShop()
  await shop.pay(250, 'success')
  let pauses = 0
  await shop.fault({ apiRateLimit: 1 })
  shop.duringPause.run = async () => {
    pauses += 1
    if (pauses === 2) await shop.fault({ apiRateLimit: 0 })
  }
  expect((await shop.app.syncJobs.runSweep()).outcomes.new).toBe(250)
  expect(pauses).toBe(2)
  await expectTruth(shop)
  await shop.fault({ apiRateLimit: 1 })
  await expect(shop.app.syncJobs.runSweep()).rejects.toMatchObject({ code: 'stripe_unavailable' })
})

test('an outage of 5 days over objects that settle 20 days after their creation, without events', async () => {
  const shop = await openShop()
  await shop.fault({ processingMs: 20 * dayMs, refundProcessingMs: 3 * dayMs })
  await shop.pay(4, 'success')
  shop.clock.nowMs += 17 * dayMs
  await shop.app.syncJobs.runSweep()
  await shop.app.syncJobs.runReconcile()
  expect(await shop.keys()).toEqual([])
  await shop.fault({ neverGenerate: 1, processingMs: 0 })
  await shop.pay(2, 'refunded')
  await shop.pay(1, 'failed')
  shop.clock.nowMs += 5 * dayMs
  await shop.app.syncJobs.runSweep()
  expect((await shop.app.syncJobs.runReconcile()).isWide).toBe(true)
  expect((await shop.keys()).length).toBe(4 + 2 + 2 + 1)
  await expectTruth(shop)
})

test('a sweep that begins more than 25 days ago logs a warning', async () => {
  const shop = await openShop()
  shop.clock.nowMs += 24 * dayMs
  await shop.app.syncJobs.runSweep()
  expect(shop.app.logLines.join('')).not.toContain('25 days')
  shop.clock.nowMs += 26 * dayMs
  await shop.pay(1, 'success')
  await shop.fault({ apiRateLimit: 1 })
  await expect(shop.app.syncJobs.runSweep()).rejects.toMatchObject({ code: 'stripe_unavailable' })
  expect(shop.app.logLines.join('')).toContain('more than 25 days ago')
  await shop.fault(null)
  await shop.app.syncJobs.runSweep()
  await expectTruth(shop)
})

test('no round counts what was created before the ledger began', async () => {
  const shop = await openShop()
  shop.clock.nowMs -= dayMs
  await shop.fault({ processingMs: 2 * dayMs })
  await shop.pay(3, 'success')
  shop.clock.nowMs += 3 * dayMs
  const { outcomes } = await shop.app.syncJobs.runSweep()
  expect(outcomes.before_genesis).toBe(3)
  expect((await shop.app.syncJobs.runReconcile()).drift.count).toBe(0)
  expect(await shop.keys()).toEqual([])
})

test.each(engines)(
  'a fact that no list shows is looked up before it is audited: %s',
  async (engine) => {
    const shop = await openShop({ engine })
    await shop.pay(2, 'refunded')
    await shop.app.syncJobs.runSweep()
    const [refund] = (await shop.stripe.refunds.list()).data
    await fetch(`${shop.app.emulator.url}/emulator/refunds/${refund?.id}/fail`, { method: 'POST' })
    const created = Math.floor(shop.clock.nowMs / 1000)
    const body = eventBody('payment_intent.succeeded', { object: { created }, event: { created } })
    const signature = sign(body, { timestamp: created })
    expect((await deliver(shop.app.apiUrl, body, signature)).status).toBe(200)
    await shop.fault({ lateListMs: dayMs })
    await shop.pay(1, 'success')
    await shop.app.syncJobs.runSweep()
    await shop.app.syncJobs.runReconcile()
    shop.clock.nowMs += dayMs
    const { orphans } = await shop.app.syncJobs.runReconcile()
    expect(orphans).toMatchObject({ absent: 1, changed: 1, notLookedUp: 0 })
    expect(orphans?.keys).toContain(`payment:refunded:${refund?.id}`)
  },
)

function thinEvent(type: string, changes: object = {}): string {
  return JSON.stringify({
    id: 'evt_test_65R9Ijk8dKEYZcXeRWn16R9A7j1FSQ3w3TGDPLLGSM4CW0',
    object: 'v2.core.event',
    type,
    created: '2026-06-01T12:00:00.000Z',
    livemode: false,
    ...changes,
  })
}
const lostEvents = 'v2.core.health.event_generation_failure.resolved'

test('a thin event about lost events triggers a reconcile of 35 days', async () => {
  const shop = await openShop()
  await shop.fault({ processingMs: 20 * dayMs, neverGenerate: 1 })
  await shop.pay(2, 'success')
  shop.clock.nowMs += 20 * dayMs - hourMs
  await shop.app.syncJobs.runReconcile()
  shop.clock.nowMs += 2 * hourMs
  expect((await shop.app.syncJobs.runReconcile()).isWide).toBe(false)
  const body = thinEvent(lostEvents)
  const signature = sign(body, { timestamp: Math.floor(shop.clock.nowMs / 1000) })
  const answer = await deliver(shop.app.apiUrl, body, signature)
  expect([answer.status, await answer.json()]).toEqual([200, { outcome: 'reconcile_due' }])
  await vi.waitFor(() => expectTruth(shop), { timeout: 10_000 })
  await vi.waitFor(async () => expect(await shop.pendingNotice()).toBeUndefined())
  expect((await shop.app.syncJobs.runReconcile()).isWide).toBe(false)
})

test.each([
  ['of another type', thinEvent('v2.core.account.created')],
  ['of live mode, in test mode', thinEvent(lostEvents, { livemode: true })],
])('a thin event %s is answered 200 and changes nothing', async (_, body) => {
  const shop = await openShop()
  const signature = sign(body, { timestamp: Math.floor(shop.clock.nowMs / 1000) })
  const answer = await deliver(shop.app.apiUrl, body, signature)
  expect([answer.status, await answer.json()]).toEqual([200, { outcome: 'not_counted' }])
  expect(await shop.pendingNotice()).toBeUndefined()
})

test('an unsigned thin event is refused', async () => {
  const shop = await openShop()
  expect((await deliver(shop.app.apiUrl, thinEvent(lostEvents), 't=1,v1=00')).status).toBe(400)
  expect(await shop.pendingNotice()).toBeUndefined()
})

test('a service that was down sweeps when it returns', async () => {
  const shop = await openShop()
  await shop.app.stop()
  await shop.pay(3, 'success')
  const { folder, environment } = shop.app
  await startTestApp({ folder, environment, dependencies: { now: () => shop.clock.nowMs } })
  await vi.waitFor(() => expectTruth(shop), { timeout: 5_000 })
})

test('a round under way does not hold up the stop', async () => {
  const shop = await openShop()
  await shop.fault({ apiDelayMs: 20_000 })
  const round = shop.app.syncJobs.runSweep()
  const failed = expect(round).rejects.toThrow('the sync jobs were stopped')
  await shop.app.stop()
  await failed
})
