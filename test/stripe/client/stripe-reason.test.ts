import { expect, test } from 'vitest'
import { startWithFakeStripe } from '../../support/start-with-fake-stripe.ts'

const price = {
  id: 'price_starter',
  object: 'price',
  active: true,
  currency: 'usd',
  lookup_key: 'starter',
  product: 'prod_1',
  recurring: null,
  type: 'one_time',
  unit_amount: 2900,
}

/** Requests a checkout that Stripe refuses; returns what the caller and the log receive. */
async function refuse(status: number, error: object) {
  const { app, stripe } = await startWithFakeStripe()
  stripe.answer = (call) => {
    if (call === 'GET /v1/prices')
      return { status: 200, body: { object: 'list', url: '/v1/prices', data: [price] } }
    return call === 'POST /v1/checkout/sessions' ? { status, body: { error } } : undefined
  }
  const answer = await app.call('POST', '/v1/checkout-sessions', { plan: 'starter' })
  const problem: unknown = await answer.json()
  return { status: answer.status, problem, log: app.logLines.join('\n') }
}

const type = 'invalid_request_error'

test('a refusal without a parameter and a code is reported in Stripe’s own words, in the response and in the log', async () => {
  const message = 'You may not specify these parameters together'
  const { status, problem, log } = await refuse(400, { type, message })
  expect(status).toBe(502)
  expect(problem).toMatchObject({ detail: expect.stringContaining(message) })
  expect(log).toContain(message)
})

test('the permission that a restricted key lacks is named, and the key is not', async () => {
  const message =
    "The provided key 'rk_test_*********1234' does not have the required permissions for this endpoint on account 'acct_1own'. Having the 'rak_checkout_session_write' permission would allow this request to continue."
  const { problem, log } = await refuse(403, { type, message })
  expect(problem).toMatchObject({
    detail: expect.stringContaining(
      'give the restricted key the permission rak_checkout_session_write',
    ),
  })
  expect(log).not.toContain('1234')
})

test('Stripe’s message about a customer is reported without the address', async () => {
  const message = 'The customer jenny@example.com is blocked'
  const { problem, log } = await refuse(400, { type, message, code: 'blocked' })
  expect(problem).toMatchObject({ detail: expect.stringContaining('The customer <address> is') })
  expect(log).not.toContain('jenny')
})

test('a very long reason is cut', async () => {
  const { problem } = await refuse(400, { type, message: 'no'.repeat(5_000) })
  expect(JSON.stringify(problem).length).toBeLessThan(1_000)
})

test('that Stripe calls the price inactive is in the answer', async () => {
  const message = 'The price specified is inactive. This field only accepts active prices.'
  const { status, problem } = await refuse(400, { type, message, param: 'line_items[0][price]' })
  expect(status).toBe(503)
  expect(problem).toMatchObject({ detail: expect.stringContaining('price specified is inactive') })
})
