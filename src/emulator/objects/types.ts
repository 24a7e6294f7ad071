export type Metadata = Readonly<Record<string, string>>

/** What every object has. `$` holds the emulator's own data and is never returned. */
export interface StripeObject {
  id: string
  object: string
  created: number
  /** Absent on refunds. */
  livemode?: boolean
  $?: object
  [field: string]: unknown
}

export interface Product extends StripeObject {
  object: 'product'
  name: string
  active: boolean
}

export interface Price extends StripeObject {
  object: 'price'
  active: boolean
  currency: string
  lookup_key: string | null
  product: string
  type: 'recurring' | 'one_time'
  recurring: {
    interval: string
    interval_count: number
    meter: string | null
    trial_period_days: null
    usage_type: 'licensed' | 'metered'
  } | null
  unit_amount: number
}

export interface LastPaymentError {
  type: string
  code: string
  message: string
  charge?: string
  decline_code?: string
  [field: string]: unknown
}

export interface PaymentIntent extends StripeObject {
  object: 'payment_intent'
  amount: number
  amount_received: number
  amount_capturable: number
  capture_method: string
  currency: string
  customer: string | null
  description: string | null
  last_payment_error: LastPaymentError | null
  latest_charge: string | null
  metadata: Metadata
  payment_method: string | null
  status:
    | 'requires_payment_method'
    | 'requires_confirmation'
    | 'requires_action'
    | 'processing'
    | 'requires_capture'
    | 'succeeded'
    | 'canceled'
  /** What this payment pays, and how a payment under way will end. */
  $: { session: string | null; invoice: string | null; endsAs: 'succeeded' | 'failed' }
}

export interface Charge extends StripeObject {
  object: 'charge'
  amount: number
  amount_captured: number
  amount_refunded: number
  balance_transaction: string | null
  captured: boolean
  currency: string
  customer: string | null
  failure_code: string | null
  failure_message: string | null
  paid: boolean
  payment_intent: string
  payment_method: string | null
  refunded: boolean
  status: 'succeeded' | 'pending' | 'failed'
  /** Of `amount_refunded` what was only authorised and is released by a Refund object. */
  $: { released: number }
}

export interface Refund extends StripeObject {
  object: 'refund'
  amount: number
  balance_transaction: string | null
  charge: string
  currency: string
  destination_details: object
  payment_intent: string
  status: 'pending' | 'succeeded' | 'failed'
}

export interface LineItem extends StripeObject {
  object: 'item'
  price: Price
  /** Null for a metered price. */
  quantity: number | null
  amount_total: number
  description: string
}

export interface CheckoutSession extends StripeObject {
  object: 'checkout.session'
  amount_total: number
  cancel_url: string | null
  currency: string
  customer: string | null
  customer_email: string | null
  expires_at: number
  invoice: string | null
  metadata: Metadata
  mode: 'payment' | 'subscription'
  payment_intent: string | null
  payment_status: 'unpaid' | 'paid' | 'no_payment_required'
  status: 'open' | 'complete' | 'expired'
  subscription: string | null
  success_url: string | null
  url: string | null
  /** A session names its PaymentIntent only in mode payment, and its lines only if expanded. */
  $: {
    lines: readonly LineItem[]
    paymentIntent: string | null
    paymentData: { metadata: Metadata; description: string | null; shipping: object | null }
    subscriptionData: { metadata: Metadata; trialDays: number | null }
    /** The invoice of a subscription's first payment. */
    invoice: string | null
  }
}

export interface PaymentMethod extends StripeObject {
  object: 'payment_method'
  type: string
  $: { token: string }
}

export interface WebhookEndpoint extends StripeObject {
  object: 'webhook_endpoint'
  url: string
  status: string
  enabled_events: readonly string[]
  /** Of one that was created by the API. */
  $?: { secret: string }
}

/** `created` and `updated` are shown as RFC 3339: https://docs.stripe.com/api/v2/core/event_destinations/object */
export interface EventDestination extends StripeObject {
  object: 'v2.core.event_destination'
  name: string
  enabled_events: readonly string[]
  event_payload: 'snapshot' | 'thin'
  /** Shown where `include` asks for it. */
  url: string
}

export interface StripeEvent extends StripeObject {
  object: 'event'
  api_version: string
  type: string
  pending_webhooks: number
  request: { id: string | null; idempotency_key: string | null }
  data: { object: object; previous_attributes?: object }
  account?: string
  /** Where it is rendered in other versions than the newest: which, and what those show beside. */
  $?: { account: string; webhook: string; charges?: readonly object[]; refunds?: readonly object[] }
}

/** The object as the API returns it, without the emulator's own data. */
export function render(object: StripeObject): StripeObject {
  if (object.$ === undefined) return object
  const { $: _, ...visible } = object
  return visible
}
