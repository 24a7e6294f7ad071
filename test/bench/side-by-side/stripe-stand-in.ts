import { type FakeStripeApi, startFakeStripeApi } from '../../support/fake-stripe-api.ts'

/**
 * A stand-in for Stripe in its own process that answers at once: prices of the default plans, new Checkout Sessions,
 * and empty lists. Prints its address; ends on SIGTERM. https://docs.stripe.com/api/checkout/sessions/create
 */
const plans = ['starter', 'professional', 'enterprise']
const sessionSecondsMax = 86_400

await using stack = new AsyncDisposableStack()
const stripe = await startFakeStripeApi(stack)
let sessionCount = 0

stripe.answer = (call): ReturnType<FakeStripeApi['answer']> => {
  // They would be kept for ever.
  stripe.calls.length = 0
  stripe.contexts.length = 0
  if (call === 'GET /v1/prices') return { body: { object: 'list', has_more: false, data: prices } }
  if (call === 'POST /v1/checkout/sessions') return { body: createSession() }
  return undefined
}

const prices = plans.map((plan) => ({
  id: `price_${plan}`,
  object: 'price',
  active: true,
  billing_scheme: 'per_unit',
  created: Math.floor(Date.now() / 1000),
  currency: 'usd',
  livemode: false,
  lookup_key: plan,
  metadata: {},
  product: { id: `prod_${plan}`, object: 'product', active: true, name: plan },
  recurring: { interval: 'month', interval_count: 1, usage_type: 'licensed' },
  type: 'recurring',
  unit_amount: 4900,
}))

function createSession(): object {
  sessionCount += 1
  const created = Math.floor(Date.now() / 1000)
  const id = `cs_test_${process.pid}${created}${sessionCount}`
  return {
    id,
    object: 'checkout.session',
    created,
    expires_at: created + sessionSecondsMax,
    livemode: false,
    mode: 'subscription',
    status: 'open',
    url: `https://checkout.stripe.com/c/pay/${id}`,
  }
}

process.on('SIGTERM', () => process.exit(0))
process.stdout.write(`${JSON.stringify({ url: stripe.url })}\n`)
await new Promise(() => undefined)
