import { createRoute, z } from '@hono/zod-openapi'
import { type AddRoutes, jsonContent, problemsOf } from '../http/api.ts'
import { checkoutRequest } from './checkout-request.ts'
import { type Checkouts, createCheckout } from './create-checkout.ts'
import { planList, toPlanAnswer } from './plan-list.ts'
import { checkoutPage } from './return-pages.ts'

const checkoutAnswer = z
  .object({
    id: z.string().openapi({ example: 'cs_test_a1b2c3' }),
    url: z.string().openapi({ description: 'Send the customer here.' }),
    plan: z.string(),
    expires_at: z.int().openapi({ description: 'Unix time in seconds.' }),
  })
  .openapi('CheckoutSession')

const idempotencyHeaders = z.object({
  'idempotency-key': z.string().min(1).max(255).optional().openapi({
    description: 'Send the same key again to retry without starting a second session.',
  }),
})

const security = [{ bearer: [] }]

const startCheckout = createRoute({
  method: 'post',
  path: '/v1/checkout-sessions',
  summary: 'Start a Checkout Session for a plan',
  security,
  request: {
    headers: idempotencyHeaders,
    body: { required: true, content: { 'application/json': { schema: checkoutRequest } } },
  },
  responses: {
    201: jsonContent(checkoutAnswer, 'The session exists at Stripe and is counted.'),
    ...problemsOf(400, 401, 409, 415, 502, 503),
  },
})

const listPlans = createRoute({
  method: 'get',
  path: '/v1/plans',
  summary: 'The plans with the prices behind them; one that cannot be sold says why',
  security,
  responses: {
    200: jsonContent(planList, 'The configured plans.'),
    ...problemsOf(401, 502, 503),
  },
})

/** Routes for checkout, plans, and the pages that Stripe returns customers to. */
export function billingRoutes(checkouts: Checkouts): AddRoutes {
  return (api) => {
    api.openapi(startCheckout, async (context) => {
      const body = context.req.valid('json')
      const { 'idempotency-key': idempotencyKey } = context.req.valid('header')
      const { keyId } = context.get('caller')
      const checkout = await createCheckout(body, { keyId, idempotencyKey }, checkouts)
      const { id, url, expiresAt } = checkout
      return context.json({ id, url, plan: body.plan, expires_at: expiresAt / 1000 }, 201)
    })

    api.openapi(listPlans, async (context) => {
      const plans = await checkouts.plans.readAll()
      return context.json({ data: plans.map(toPlanAnswer) }, 200)
    })

    api.get('/checkout/success', (context) => context.html(checkoutPage('success')))
    api.get('/checkout/cancel', (context) => context.html(checkoutPage('cancel')))
  }
}
