import {
  metadataOf,
  nested,
  oneOf,
  optionalInteger,
  optionalText,
  optionalUrl,
  requiredText,
} from '../api/params.ts'
import type { Call } from '../api/route.ts'
import { invalidRequest, noSuch } from '../api/stripe-error.ts'
import { create } from '../context.ts'
import { lineItemsOf } from '../objects/line-items.ts'
import type { CheckoutSession } from '../objects/types.ts'

const minute = 60
const lifeSecondsMin = 30 * minute
const lifeSecondsMax = 24 * 60 * minute
const modes = ['payment', 'subscription', 'setup'] as const

/** Makes an open session whose `url` is the emulator's pay page. */
export function createSession(call: Call): CheckoutSession {
  const { unit, params } = call
  const mode = oneOf(params, 'mode', modes, 'payment')
  if (mode === 'setup')
    throw invalidRequest('The emulator does not know `setup` mode.', { param: 'mode' })
  requiredText(params, 'success_url')
  const expiresAt = expiresAtOf(call)
  const customer = optionalText(params, 'customer')
  if (customer !== null && !unit.store.find('customer', customer))
    throw noSuch('customer', customer, 'customer')
  const session = draftSession(call, { mode, customer, expiresAt })
  create(unit, 'checkout_session', session)
  unit.jobs.add({ kind: 'expire_session', objectId: session.id }, expiresAt * 1000)
  const plan = session.metadata.plan
  if (plan !== undefined) unit.truth.add('checkout', session.id, session.created, plan)
  return session
}

interface SessionDraft {
  readonly mode: 'payment' | 'subscription'
  readonly customer: string | null
  /** Seconds. */
  readonly expiresAt: number
}

function draftSession(call: Call, { mode, customer, expiresAt }: SessionDraft): CheckoutSession {
  const { unit, params } = call
  const lines = lineItemsOf(call, mode)
  const amount = lines.reduce((sum, { amount_total }) => sum + amount_total, 0)
  const id = unit.id('checkout_session')
  const paymentData = nested(params, 'payment_intent_data')
  return {
    id,
    object: 'checkout.session',
    after_expiration: null,
    allow_promotion_codes: null,
    amount_subtotal: amount,
    amount_total: amount,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    cancel_url: optionalUrl(params, 'cancel_url'),
    client_reference_id: optionalText(params, 'client_reference_id'),
    created: unit.nowSeconds,
    currency: lines[0]?.price.currency ?? 'usd',
    customer,
    customer_creation: mode === 'payment' ? 'if_required' : null,
    customer_details: null,
    customer_email: optionalText(params, 'customer_email'),
    expires_at: expiresAt,
    invoice: null,
    livemode: false,
    locale: optionalText(params, 'locale'),
    metadata: metadataOf(params),
    mode,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'always',
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    setup_intent: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: optionalUrl(params, 'success_url'),
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: `${unit.publicUrl()}/pay/${id}`,
    $: {
      lines,
      paymentIntent: null,
      paymentData: {
        metadata: metadataOf(paymentData),
        description: optionalText(paymentData, 'description'),
        shipping: paymentData.shipping === undefined ? null : nested(paymentData, 'shipping'),
      },
      invoice: null,
    },
  }
}

function expiresAtOf({ unit, params }: Call): number {
  const life =
    (optionalInteger(params, 'expires_at') ?? unit.nowSeconds + lifeSecondsMax) - unit.nowSeconds
  if (life > lifeSecondsMax)
    throw invalidRequest(
      'The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.',
      { param: 'expires_at' },
    )
  if (life < lifeSecondsMin)
    throw invalidRequest(
      'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.',
      { param: 'expires_at' },
    )
  return unit.nowSeconds + life
}
