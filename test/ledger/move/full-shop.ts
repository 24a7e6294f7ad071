import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import { z } from 'zod'
import { controlsOf } from '../../support/emulator-controls.ts'
import {
  type AppWithStripe,
  startAppWithStripe,
  type TestApp,
} from '../../support/start-test-app.ts'
import { until } from '../../support/until.ts'
import { deliver, eventBody } from '../../support/webhooks.ts'

/** A service on SQLite that sold, posted, and failed in every way that leaves a row. */
export interface FullShop {
  readonly app: AppWithStripe
  readonly path: string
  readonly campaignId: string
  /** A webhook that was accepted. */
  readonly acceptedWebhook: string
}

/** Delivers the webhooks of the shop's emulator to a service from now on. */
export function connect({ emulator }: Pick<AppWithStripe, 'emulator'>, app: TestApp): void {
  emulator.connect({
    webhookUrl: `${app.apiUrl}/webhooks/stripe`,
    apiUrl: app.apiUrl,
    metricsUrl: app.metricsUrl,
  })
}

const created = z.object({ id: z.string() })
const checkout = z.object({ id: z.string(), url: z.string() })
const noWhere = 'http://127.0.0.1:9'

export async function openFullShop(): Promise<FullShop> {
  const app = await startAppWithStripe({ environment: { CHANNEL_NEWS: 'console:' } })
  connect(app, app)
  const emulator = controlsOf(app.emulator.url)
  for (const action of ['pay', 'decline'] as const)
    await emulator.press((await startCheckout(app, `order ${action}`)).url, action)
  for (const outcome of ['success', 'failed', 'refunded'] as const) await emulator.pay(outcome, 3)
  await emulator.drained()
  const acceptedWebhook = eventBody('payment_intent.succeeded', { id: 'evt_accepted' })
  expect((await deliver(app.apiUrl, acceptedWebhook)).status).toBe(200)
  await leaveDeadLetter(app)
  const campaignId = await post(app)
  await app.syncJobs.runSweep()
  const path = `${app.folder}/ledger.db`
  await leaveDriftCandidate(app, path)
  leaveAlert(path)
  return { app, path, campaignId, acceptedWebhook }
}

/** Starts a checkout, or repeats it. */
export async function startCheckout(app: TestApp, key: string) {
  const order = { plan: 'starter' }
  const answer = await app.call('POST', '/v1/checkout-sessions', order, { 'idempotency-key': key })
  expect(answer.status).toBe(201)
  return checkout.parse(await answer.json())
}

/** Posts a campaign now, or repeats it. */
export async function postNow(app: TestApp, campaignId: string, key: string): Promise<string> {
  const headers = { 'idempotency-key': key }
  const path = `/v1/campaigns/${campaignId}/posts`
  const answer = await app.call('POST', path, undefined, headers)
  return created.parse(await answer.json()).id
}

async function post(app: TestApp): Promise<string> {
  const campaign = {
    name: 'Launch',
    messages: ['First.', 'Second.'],
    cron: '0 9 1 1 *',
    channel: 'news',
  }
  const answer = await app.call('POST', '/v1/campaigns', campaign)
  const { id } = created.parse(await answer.json())
  await postNow(app, id, 'post 1')
  return id
}

async function leaveDeadLetter(app: TestApp): Promise<void> {
  const object = { amount: 'much', amount_received: 'much', currency: 5 }
  const body = eventBody('payment_intent.succeeded', { id: 'evt_unreadable', object })
  expect((await deliver(app.apiUrl, body)).status).toBe(200)
}

/** An alert holds for minutes before it is posted, so its rows are put there. */
function leaveAlert(path: string): void {
  using ledger = new DatabaseSync(path)
  ledger.exec(`insert into alerts (name, held_since, held_last, detail, told, revision)
    values ('dead_letters', 1, 2, '3 wait, "é"', 'firing', 4)`)
  ledger.exec(`insert into alert_outbox (id, message_id, text, notices, attempts)
    values (1, 'alert_1', 'Two lines\n of text.', '[]', 2) on conflict do nothing`)
}

/** A payment whose webhook never arrives: the reconcile notices it and waits for a minute. */
async function leaveDriftCandidate(app: AppWithStripe, path: string): Promise<void> {
  app.emulator.connect({ webhookUrl: noWhere, apiUrl: app.apiUrl, metricsUrl: app.metricsUrl })
  const emulator = controlsOf(app.emulator.url)
  await emulator.pay('success', 1)
  // Its next attempt could come before the sweep.
  await emulator.forget()
  void app.syncJobs.runReconcile()
  using ledger = new DatabaseSync(path, { readOnly: true })
  const count = ledger.prepare('select count(*) as count from drift_candidates')
  await until('a payment to be missed', () => Number(count.get()?.count) > 0)
}
