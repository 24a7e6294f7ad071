import { create, type UnitOfWork } from '../context.ts'
import type { Metadata, PaymentIntent } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'

export interface NewPayment {
  readonly amount: number
  readonly currency: string
  readonly metadata?: Metadata
  readonly customer?: string | null
  readonly description?: string | null
  readonly shipping?: object | null
  readonly captureMethod?: string
  /** The Checkout Session and the invoice that it pays, if any. */
  readonly pays?: { readonly session: string | null; readonly invoice: string | null }
}

/** A PaymentIntent that has not been paid yet: `payment_intent.created`. */
export function startPayment(unit: UnitOfWork, given: NewPayment): PaymentIntent {
  const id = unit.id('payment_intent')
  const intent: PaymentIntent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: given.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: given.captureMethod ?? 'automatic_async',
    client_secret: `${id}_secret_${unit.id('request').slice(4)}`,
    confirmation_method: 'automatic',
    created: unit.nowSeconds,
    currency: given.currency,
    customer: given.customer ?? null,
    customer_account: null,
    description: given.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: { enabled: false },
    metadata: given.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: {
        installments: null,
        mandate_options: null,
        network: null,
        request_three_d_secure: 'automatic',
      },
    },
    payment_method_types: ['card'],
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shared_payment_granted_token: null,
    shipping: given.shipping ?? null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
    $: { session: null, invoice: null, ...given.pays, endsAs: 'succeeded' },
  }
  create(unit, 'payment_intent', intent, intent.customer)
  emit(unit, 'payment_intent.created', intent)
  return intent
}

/** Stores a changed PaymentIntent. */
export function savePayment(unit: UnitOfWork, intent: PaymentIntent): void {
  unit.store.save('payment_intent', intent, intent.customer)
}
