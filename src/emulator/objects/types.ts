export type Metadata = Readonly<Record<string, string>>

/** What every object has. `$` is the emulator's own note on it and never leaves the house. */
export interface StripeObject {
  id: string
  object: string
  created: number
  livemode: boolean
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
  recurring: { interval: string; interval_count: number; usage_type: string } | null
  unit_amount: number
}

export interface LastPaymentError {
  type: string
  code: string
  message: string
  charge?: string
  decline_code?: string
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
  /** The Checkout Session that this payment pays, and how a payment under way will end. */
  $: { session: string | null; endsAs: 'succeeded' | 'failed' }
}

export interface Charge extends StripeObject {
  object: 'charge'
  amount: number
  amount_captured: number
  amount_refunded: number
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
}

export interface Refund extends StripeObject {
  object: 'refund'
  amount: number
  charge: string
  currency: string
  payment_intent: string
  status: 'pending' | 'succeeded' | 'failed'
}

export interface LineItem extends StripeObject {
  object: 'item'
  price: Price
  quantity: number
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
  /** A session names its PaymentIntent only in mode payment, and its lines only when asked. */
  $: {
    lines: readonly LineItem[]
    paymentIntent: string | null
    paymentData: { metadata: Metadata; description: string | null; shipping: object | null }
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
}

export interface StripeEvent extends StripeObject {
  object: 'event'
  api_version: string
  type: string
  pending_webhooks: number
  request: { id: string | null; idempotency_key: string | null }
  data: { object: object; previous_attributes?: object }
  account?: string
}

export interface Invoice extends StripeObject {
  object: 'invoice'
  amount_due: number
  amount_paid: number
  amount_remaining: number
  attempt_count: number
  attempted: boolean
  currency: string
  customer: string
  status: 'open' | 'paid'
  $: { subscription: string }
}

export interface Subscription extends StripeObject {
  object: 'subscription'
  status: 'incomplete' | 'active'
}

export interface Kinds {
  charge: Charge
  checkout_session: CheckoutSession
  customer: StripeObject
  event: StripeEvent
  invoice: Invoice
  payment_intent: PaymentIntent
  payment_method: PaymentMethod
  price: Price
  product: Product
  refund: Refund
  subscription: Subscription
  webhook_endpoint: WebhookEndpoint
}

export type Kind = keyof Kinds

/** The object as the API shows it: without the emulator's own note. */
export function render(object: StripeObject): StripeObject {
  if (object.$ === undefined) return object
  const { $: _, ...visible } = object
  return visible
}
