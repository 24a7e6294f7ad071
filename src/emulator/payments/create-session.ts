import { oneOf, optionalInteger, optionalText, optionalUrl, requiredText } from '../api/params.ts'
import type { Call } from '../api/route.ts'
import { invalidRequest } from '../api/stripe-error.ts'
import { create } from '../context.ts'
import { lineItemsOf } from '../objects/line-items.ts'
import type { CheckoutSession } from '../objects/types.ts'
import { type SessionOptions, sessionOptions } from './session-options.ts'

const minute = 60
const lifeSecondsMin = 30 * minute
const lifeSecondsMax = 24 * 60 * minute
const modes = ['payment', 'subscription', 'setup'] as const

/** Fields of a session that the emulator leaves empty. */
const unused = {
  adaptive_pricing: null,
  after_expiration: null,
  billing_address_collection: null,
  client_secret: null,
  collected_information: { shipping_details: null },
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  custom_text: {
    after_submit: null,
    shipping_address: null,
    submit: null,
    terms_of_service_acceptance: null,
  },
  discounts: [],
  invoice_creation: null,
  payment_link: null,
  payment_method_configuration_details: { id: 'pmc_1Emulator', parent: null },
  payment_method_options: { card: { request_three_d_secure: 'automatic' } },
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  saved_payment_method_options: {
    allow_redisplay_filters: ['always'],
    payment_method_remove: null,
    payment_method_save: null,
  },
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  submit_type: null,
  wallet_options: null,
} as const

/** Creates an open session whose `url` is the emulator's payment page. */
export function createSession(call: Call): CheckoutSession {
  const { unit, params } = call
  const mode = oneOf(params, 'mode', modes, 'payment')
  if (mode === 'setup')
    throw invalidRequest('The emulator does not know `setup` mode.', { param: 'mode' })
  requiredText(params, 'success_url')
  const expiresAt = expiresAtOf(call)
  const options = sessionOptions(call, mode)
  const session = draftSession(call, { mode, expiresAt, ...options })
  create(unit, 'checkout_session', session)
  unit.jobs.add({ kind: 'expire_session', objectId: session.id }, expiresAt * 1000)
  const plan = session.metadata.plan
  if (plan !== undefined) unit.truth.add('checkout', session.id, session.created, plan)
  return session
}

interface SessionDraft extends SessionOptions {
  readonly mode: 'payment' | 'subscription'
  /** Seconds. */
  readonly expiresAt: number
}

function draftSession(call: Call, { mode, expiresAt, shown, kept }: SessionDraft): CheckoutSession {
  const { unit, params } = call
  const lines = lineItemsOf(call, mode)
  const trial = kept.subscriptionData.trialDays !== null
  const amount = trial ? 0 : lines.reduce((sum, { amount_total }) => sum + amount_total, 0)
  const id = unit.id('checkout_session')
  return {
    id,
    object: 'checkout.session',
    ...unused,
    ...shown,
    amount_subtotal: amount,
    amount_total: amount,
    cancel_url: optionalUrl(params, 'cancel_url'),
    client_reference_id: optionalText(params, 'client_reference_id'),
    created: unit.nowSeconds,
    currency: lines[0]?.price.currency ?? 'usd',
    customer_creation: mode === 'payment' ? 'if_required' : null,
    expires_at: expiresAt,
    invoice: null,
    livemode: false,
    mode,
    payment_intent: null,
    payment_method_collection: mode === 'payment' ? 'if_required' : 'always',
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    status: 'open',
    subscription: null,
    success_url: optionalUrl(params, 'success_url'),
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: `${unit.publicUrl()}/pay/${id}`,
    $: { ...kept, lines, paymentIntent: null, invoice: null },
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
