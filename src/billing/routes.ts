import { createRoute, z } from '@hono/zod-openapi'
import type { AddRoutes } from '../http/api.ts'
import {
  bearerSecurity,
  idempotencyHeaders,
  instantSchema,
  jsonBody,
  jsonContent,
  onlyProblems,
  problemsOf,
  replayedHeader,
  toIso,
} from '../http/describe.ts'
import { checkoutRequest } from './checkout-request.ts'
import { type Checkouts, createCheckout } from './create-checkout.ts'
import { planList, toPlanAnswer } from './plan-list.ts'
import { checkoutPage } from './return-pages.ts'

const checkoutAnswer = z
  .object({
    id: z.string().openapi({ example: 'cs_test_a1b2c3' }),
    url: z.url().openapi({
      description: 'Send the customer here.',
      example: 'https://checkout.stripe.com/c/pay/cs_test_a1b2c3',
    }),
    plan: z.string().openapi({ example: 'professional' }),
    expires_at: instantSchema,
  })
  .openapi('CheckoutSession')

const tags = ['Checkout']

const startCheckout = createRoute({
  method: 'post',
  path: '/v1/checkout-sessions',
  operationId: 'createCheckoutSession',
  tags,
  summary: 'Create a Checkout Session',
  description:
    'Creates a Checkout Session for a plan at Stripe and counts it as started. The price of the plan decides between a one-time payment and a subscription.',
  security: bearerSecurity,
  request: {
    headers: idempotencyHeaders(
      'Send the same key again to retry without starting a second session.',
    ),
    body: jsonBody(checkoutRequest),
  },
  responses: {
    201: jsonContent(
      checkoutAnswer,
      'The session exists at Stripe and is counted.',
      replayedHeader,
    ),
    ...problemsOf(400, 409, 415, 502),
  },
})

const listPlans = createRoute({
  method: 'get',
  path: '/v1/plans',
  operationId: 'listPlans',
  tags,
  summary: 'List plans',
  description:
    'The configured plans with their prices at Stripe. One that cannot be sold has a reason.',
  security: bearerSecurity,
  responses: {
    200: jsonContent(planList, 'The configured plans.'),
    ...problemsOf(502),
  },
})

function returnPage(name: string, path: string, operationId: string) {
  return createRoute({
    method: 'get',
    path,
    operationId,
    tags: ['Service'],
    summary: `Show the ${name} page`,
    description: 'Stripe sends customers here, unless the request or the settings name a page.',
    security: [],
    responses: {
      200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } },
      ...onlyProblems(403, 500, 503),
    },
  })
}

const successRoute = returnPage('success', '/checkout/success', 'showSuccessPage')
const cancelRoute = returnPage('cancel', '/checkout/cancel', 'showCancelPage')

/** Routes for checkout, plans, and the pages that Stripe returns customers to. */
export function billingRoutes(checkouts: Checkouts): AddRoutes {
  return (api) => {
    api.openapi(startCheckout, async (context) => {
      const body = context.req.valid('json')
      const { 'idempotency-key': idempotencyKey } = context.req.valid('header')
      const { keyId } = context.get('caller')
      const checkout = await createCheckout(body, { keyId, idempotencyKey }, checkouts)
      if (checkout.isReplay) context.header('idempotent-replayed', 'true')
      const { id, url, expiresAt } = checkout
      return context.json({ id, url, plan: body.plan, expires_at: toIso(expiresAt) }, 201)
    })

    api.openapi(listPlans, async (context) => {
      const plans = await checkouts.plans.readAll()
      return context.json({ data: plans.map(toPlanAnswer) }, 200)
    })

    api.openapi(successRoute, (context) =>
      context.html(checkoutPage('success', checkouts.returnPages), 200),
    )
    api.openapi(cancelRoute, (context) =>
      context.html(checkoutPage('cancel', checkouts.returnPages), 200),
    )
  }
}
