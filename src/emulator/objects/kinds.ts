import type { Invoice, Subscription } from './subscription-types.ts'
import type {
  Charge,
  CheckoutSession,
  EventDestination,
  PaymentIntent,
  PaymentMethod,
  Price,
  Product,
  Refund,
  StripeEvent,
  StripeObject,
  WebhookEndpoint,
} from './types.ts'

export interface Kinds {
  balance_transaction: StripeObject
  charge: Charge
  checkout_session: CheckoutSession
  customer: StripeObject
  event: StripeEvent
  event_destination: EventDestination
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
