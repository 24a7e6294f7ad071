import { describe, expect, test, vi } from 'vitest'
import { doctor } from '../../../src/commands/doctor.ts'
import { openDatabase } from '../../../src/database/open.ts'
import { type OwnAnswer, startFakeStripeApi } from '../../support/fake-stripe-api.ts'
import { succeededCharge, succeededEvent } from '../../support/listed-payments.ts'
import {
  environmentFor,
  type ListedShop,
  ledgerAgeMs,
  openListedShop,
} from '../../support/listed-shop.ts'
import { runCommand } from '../../support/run-command.ts'
import { startTestApp } from '../../support/start-test-app.ts'
import { deliver, eventBody } from '../../support/webhooks.ts'

const hourS = 3_600
const patience = { timeout: 30_000 }
const yearMs = 365 * 86_400_000

function secondsAgo(seconds: number): number {
  return Math.floor(Date.now() / 1000) - seconds
}

/** An event whose webhook was lost three hours ago, after the last sweep. */
function loseOne({ stripe }: ListedShop): void {
  stripe.lists['/v1/events'] = [succeededEvent('lost', secondsAgo(3 * hourS))]
}

function answerEventsWith(
  { stripe }: ListedShop,
  answer: OwnAnswer,
  times = Number.POSITIVE_INFINITY,
) {
  let left = times
  stripe.answerPage = ({ path }) => {
    if (path !== '/v1/events' || left <= 0) return undefined
    left -= 1
    return answer
  }
}

function page(data: readonly object[], hasMore: boolean): OwnAnswer {
  return { body: { object: 'list', has_more: hasMore, data } }
}

async function examine(shop: ListedShop): Promise<string> {
  return (await runCommand(doctor, shop.environment)).text
}

describe('a list that does not end as it should', () => {
  const young = succeededEvent('young', secondsAgo(30))
  const { id: _, ...nameless } = young
  test.each([
    ['has no has_more', { body: { object: 'list', data: [] } }, 'no data or no has_more'],
    ['is not even a list', { body: {} }, 'no data or no has_more'],
    ['is empty although has_more is true', page([], true), 'is empty although has_more is true'],
    ['repeats a page', page([young], true), 'a page of the list repeats'],
    ['has objects without an id', page([nameless], true), 'after an object without an id'],
  ])(
    '%s: its cursor stays, it is told once, and what was missed is found',
    async (_, answer, reason) => {
      const shop = await openListedShop()
      const before = await shop.job('sweep')
      loseOne(shop)
      answerEventsWith(shop, answer)
      for (const sweep of [1, 2]) {
        const failed = shop.app().syncJobs.runSweep()
        await expect(failed, `sweep ${sweep}`).rejects.toThrow(reason)
      }
      const calls = shop.stripe.listCalls.filter(({ path }) => path === '/v1/events')
      expect(calls.length).toBeLessThanOrEqual(4)
      expect((await shop.job('sweep'))?.succeededAt).toBe(before?.succeededAt)
      const told = shop.app().logLines.filter((line) => line.includes('does not end as it should'))
      expect(told).toHaveLength(1)
      expect(told[0]).toContain(reason)
      expect(await examine(shop)).toMatch(new RegExp(`BAD +list events .*${reason}`))

      shop.stripe.answerPage = () => undefined
      await shop.app().syncJobs.runSweep()
      expect(await shop.keys()).toContain('payment:success:pi_lost')
      expect(await examine(shop)).not.toContain('list events')
    },
  )

  test('the reconcile keeps its position, and the doctor reports it', async () => {
    const shop = await openListedShop()
    shop.stripe.lists['/v1/charges'] = [succeededCharge('lost', secondsAgo(hourS))]
    shop.stripe.answerPage = ({ path }) => (path === '/v1/charges' ? page([], true) : undefined)
    for (const reconcile of [1, 2]) {
      const failed = shop.app().syncJobs.runReconcile()
      await expect(failed, `reconcile ${reconcile}`).rejects.toThrow('although has_more is true')
    }
    const told = shop.app().logLines.filter((line) => line.includes('does not end as it should'))
    expect(told).toHaveLength(1)
    expect(await examine(shop)).toMatch(/BAD +reconcile +a page of Stripe's charges is empty/)
    shop.stripe.answerPage = () => undefined
    expect((await shop.app().syncJobs.runReconcile()).drift.count).toBe(1)
  })
})

test('a date that is a year ahead moves no cursor', async () => {
  const shop = await openListedShop()
  loseOne(shop)
  answerEventsWith(shop, { ...page([], false), date: Date.now() + yearMs }, 1)
  await expect(shop.app().syncJobs.runSweep()).rejects.toThrow("from this machine's clock")
  await shop.app().syncJobs.runSweep()
  expect(await shop.keys()).toEqual(['payment:success:pi_lost'])
  expect((await shop.job('sweep'))?.position).toBeLessThanOrEqual(Date.now() - 59_000)
})

test('a cursor that an earlier version left a year ahead is not believed', async () => {
  const shop = await openListedShop()
  loseOne(shop)
  await shop.app().stop()
  const path = shop.environment.DATABASE_URL?.replace('sqlite:', '') ?? ''
  const database = await openDatabase({ engine: 'sqlite', path })
  await database.queries
    .updateTable('sync_state')
    .set({ position: Date.now() + yearMs, progress: null })
    .where('name', '=', 'sweep')
    .execute()
  await database.close()
  await shop.restart()
  await vi.waitFor(
    async () => expect(await shop.keys()).toEqual(['payment:success:pi_lost']),
    patience,
  )
  await vi.waitFor(async () => {
    expect((await shop.job('sweep'))?.position).toBeLessThanOrEqual(Date.now() - 59_000)
  }, patience)
})

test('a key that may not read events: the reconcile and the Checkout Sessions are still read', async () => {
  const stripe = await startFakeStripeApi()
  stripe.now = () => Date.now() - ledgerAgeMs
  stripe.lists['/v1/charges'] = [succeededCharge('listed', secondsAgo(hourS))]
  const error = { type: 'invalid_request_error', message: 'rak_event_read is needed' }
  stripe.answerPage = ({ path }) =>
    path === '/v1/events' ? { status: 403, body: { error } } : undefined
  const { DATABASE_URL: _, ...environment } = environmentFor(stripe, '')
  const app = await startTestApp({ environment, dependencies: { pause: () => Promise.resolve() } })
  await vi.waitFor(async () => {
    expect(Math.max(...(await app.counters()).values())).toBe(1)
    expect(stripe.listCalls.map(({ path }) => path)).toContain('/v1/checkout/sessions')
  }, patience)
  await expect(app.syncJobs.runSweep()).rejects.toMatchObject({ code: 'stripe_rejected' })
})

test('the reconcile does not wait for a sweep that Stripe leaves without an answer', async () => {
  const shop = await openListedShop()
  shop.stripe.lists['/v1/charges'] = [succeededCharge('listed', secondsAgo(hourS))]
  shop.stripe.answerPage = ({ path }) => (path === '/v1/events' ? 'never' : undefined)
  const sweep = shop
    .app()
    .syncJobs.runSweep()
    .catch(() => undefined)
  expect((await shop.app().syncJobs.runReconcile()).drift.count).toBe(1)
  await shop.app().stop()
  await sweep
})

test.each([
  ['cannot be read', { body: {} }],
  ['is refused', { status: 403, body: { error: { message: 'rak_payment_intent_read' } } }],
])('an object that %s when it is looked up breaks no reconcile off', async (_, answer) => {
  const shop = await openListedShop()
  await shop.app().syncJobs.runSweep()
  const body = eventBody('payment_intent.succeeded')
  expect((await deliver(shop.app().apiUrl, body)).status).toBe(200)
  const tomorrow = () => Date.now() + 25 * hourS * 1000
  shop.stripe.now = tomorrow
  shop.stripe.answer = (call) => (call.startsWith('GET /v1/payment_intents/') ? answer : undefined)
  const app = await shop.restart({ dependencies: { now: tomorrow } })
  const { isWide, orphans } = await app.syncJobs.runReconcile()
  expect({ isWide, orphans }).toMatchObject({
    isWide: true,
    orphans: { absent: 0, changed: 0, notLookedUp: 1 },
  })
})
