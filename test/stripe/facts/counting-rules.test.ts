import { expect, test } from 'vitest'
import { permissionRefusal } from '../../support/fake-stripe-api.ts'
import { startWithFakeStripe } from '../../support/start-with-fake-stripe.ts'
import { chargeOf, eventOf, intentOf, refundOf } from '../../support/stripe-objects.ts'

// The rules of docs/counting.md that are not a line of its table.

const unpaid = { amount_received: 0, status: 'requires_payment_method' }

test('two events that Stripe generated for one failed attempt count once, and the next attempt counts again', async () => {
  const shop = await startWithFakeStripe()
  const intent = intentOf({ ...unpaid, last_payment_error: { code: 'generic_decline' } })
  const request = (id: string) => ({ request: { id, idempotency_key: null } })
  const failed = (changes: object) => eventOf('payment_intent.payment_failed', intent, changes)
  expect(await shop.send(failed(request('req_1')))).toBe('recorded')
  expect(await shop.send(failed(request('req_1')))).toBe('duplicate')
  expect(await shop.send(failed(request('req_2')))).toBe('recorded')
  const created = Math.floor(Date.now() / 1000) + 60
  const withoutRequest = { created, request: null }
  expect(await shop.send(failed(withoutRequest))).toBe('recorded')
  expect(await shop.send(failed(withoutRequest))).toBe('duplicate')
  expect(await shop.payments('failed')).toBe(3)
})

test('a refund whose charge cannot be read is sent again or a dead letter, never a guess', async () => {
  const shop = await startWithFakeStripe()
  const intent = intentOf()
  const charge = chargeOf(intent)
  const refund = refundOf(charge)
  shop.stripe.add(intent, charge)
  const refuse = (status: number, body: object) => {
    shop.stripe.answer = (call) =>
      call.startsWith('GET /v1/charges/') ? { status, body } : undefined
  }
  refuse(429, { error: { type: 'invalid_request_error', message: 'slow down' } })
  expect(await shop.send(eventOf('refund.created', refund))).toBe(503)
  refuse(permissionRefusal.status, permissionRefusal.body)
  expect(await shop.send(eventOf('refund.created', refund))).toBe('dead_letter')
  expect(await shop.payments('refunded')).toBe(0)
})

test('a refund that fails after it succeeded stays counted', async () => {
  const shop = await startWithFakeStripe()
  const intent = intentOf()
  const charge = chargeOf(intent)
  const refund = refundOf(charge)
  shop.stripe.add(intent, charge, refund)
  await shop.send(eventOf('refund.created', refund))
  const failed = { ...refund, status: 'failed' }
  shop.stripe.add(failed)
  for (const type of ['refund.updated', 'refund.failed'])
    expect(await shop.send(eventOf(type, failed))).toBe('not_counted')
  await shop.app.syncJobs.runReconcile()
  expect(await shop.payments('refunded')).toBe(1)
})

test('what was created before the genesis does not count, by webhook, sweep and lists', async () => {
  const shop = await startWithFakeStripe()
  const created = Math.floor(Date.now() / 1000) - 3_600
  const paid = intentOf({ created })
  const declined = intentOf({ ...unpaid, created })
  const charge = chargeOf(paid)
  const refund = refundOf(charge, { created })
  const failedCharge = chargeOf(declined, { status: 'failed', paid: false })
  const events = [
    eventOf('payment_intent.succeeded', paid),
    eventOf('payment_intent.payment_failed', declined),
    eventOf('refund.created', refund),
  ]
  shop.stripe.add(paid, declined, charge, failedCharge, refund, ...events)
  for (const event of events) expect(await shop.send(event)).toBe('before_genesis')
  await shop.app.syncJobs.runSweep()
  await shop.app.syncJobs.runReconcile()
  const { data } = await shop.call('GET', '/v1/facts')
  expect(data).toEqual([])
})
