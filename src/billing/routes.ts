import { createRoute, z } from '@hono/zod-openapi'
import { type AddRoutes, jsonContent, problemsOf } from '../http/api.ts'
import { type Checkouts, createCheckout } from './create-checkout.ts'
import { checkoutPage } from './return-pages.ts'

const checkoutBody = z
  .strictObject({
    plan: z.string().openapi({ example: 'professional' }),
    quantity: z.int().min(1).max(999_999).default(1),
    customer_email: z.email().max(512).optional(),
    client_reference_id: z.string().min(1).max(200).optional(),
    success_url: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .optional(),
    cancel_url: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .optional(),
  })
  .openapi('CheckoutSessionRequest')

const checkoutAnswer = z
  .object({
    id: z.string().openapi({ example: 'cs_test_a1b2c3' }),
    url: z.string().openapi({ description: 'Send the customer here.' }),
    plan: z.string(),
    expires_at: z.int().openapi({ description: 'Unix time in seconds.' }),
  })
  .openapi('CheckoutSession')

const planList = z
  .object({
    data: z.array(
      z.object({
        plan: z.string(),
        price: z.string().openapi({ example: 'price_1a2b3c' }),
        lookup_key: z.string().nullable(),
        unit_amount_minor: z.int().nullable(),
        currency: z.string(),
        interval: z.string().nullable(),
      }),
    ),
  })
  .openapi('PlanList')

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
    body: { required: true, content: { 'application/json': { schema: checkoutBody } } },
  },
  responses: {
    201: jsonContent(checkoutAnswer, 'The session exists at Stripe and is counted.'),
    ...problemsOf(400, 401, 409, 415, 502, 503),
  },
})

const listPlans = createRoute({
  method: 'get',
  path: '/v1/plans',
  summary: 'The plans for sale and the prices behind them',
  security,
  responses: {
    200: jsonContent(planList, 'The configured plans.'),
    ...problemsOf(401, 502, 503),
  },
})

/** Checkout, plans, and the pages that Stripe sends people back to. */
export function billingRoutes(checkouts: Checkouts): AddRoutes {
  return (api) => {
    api.openapi(startCheckout, async (context) => {
      const body = context.req.valid('json')
      const { 'idempotency-key': idempotencyKey } = context.req.valid('header')
      const { keyId } = context.get('caller')
      const checkout = await createCheckout(
        {
          plan: body.plan,
          quantity: body.quantity,
          customerEmail: body.customer_email,
          clientReferenceId: body.client_reference_id,
          successUrl: body.success_url,
          cancelUrl: body.cancel_url,
        },
        { keyId, idempotencyKey },
        checkouts,
      )
      const { id, url, expiresAt } = checkout
      return context.json({ id, url, plan: body.plan, expires_at: expiresAt / 1000 }, 201)
    })

    api.openapi(listPlans, async (context) => {
      const plans = await checkouts.plans.resolveAll()
      const data = plans.map(({ plan, price }) => ({
        plan,
        price: price.id,
        lookup_key: price.lookupKey,
        unit_amount_minor: price.unitAmountMinor,
        currency: price.currency,
        interval: price.interval,
      }))
      return context.json({ data }, 200)
    })

    api.get('/checkout/success', (context) => context.html(checkoutPage('success')))
    api.get('/checkout/cancel', (context) => context.html(checkoutPage('cancel')))
  }
}
