import { create, type UnitOfWork } from '../context.ts'
import type { Invoice, Subscription } from '../objects/subscription-types.ts'
import type { PaymentIntent } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'

interface NewInvoice {
  /** Minor units. */
  readonly amount: number
  readonly reason: 'subscription_create' | 'subscription_cycle'
}

/** Creates the open invoice of a subscription's period: `invoice.created`, `invoice.finalized`. */
export function createInvoice(
  unit: UnitOfWork,
  subscription: Subscription,
  { amount, reason }: NewInvoice,
): Invoice {
  const invoice: Invoice = {
    id: unit.id('invoice'),
    object: 'invoice',
    amount_due: amount,
    amount_paid: 0,
    amount_remaining: amount,
    attempt_count: 0,
    attempted: false,
    billing_reason: reason,
    collection_method: 'charge_automatically',
    created: unit.nowSeconds,
    currency: subscription.currency,
    customer: subscription.customer,
    livemode: false,
    metadata: {},
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
    },
    status: 'open',
    total: amount,
    $: { subscription: subscription.id, paymentIntent: null },
  }
  create(unit, 'invoice', invoice)
  subscription.latest_invoice = invoice.id
  unit.store.save('subscription', subscription, subscription.customer)
  emit(unit, 'invoice.created', invoice)
  emit(unit, 'invoice.finalized', invoice)
  return invoice
}

/** Marks a failed attempt on an invoice, which reports the same failure again. */
export function invoiceFailed(unit: UnitOfWork, invoice: Invoice): void {
  invoice.attempted = true
  invoice.attempt_count += 1
  unit.store.save('invoice', invoice, null)
  emit(unit, 'invoice.payment_failed', invoice)
}

/** Marks an invoice as paid: by the same success, or without a payment if nothing was due. */
export function invoicePaid(
  unit: UnitOfWork,
  invoice: Invoice,
  intent: PaymentIntent | undefined,
): void {
  invoice.status = 'paid'
  invoice.amount_paid = invoice.amount_due
  invoice.amount_remaining = 0
  invoice.attempted = true
  if (intent !== undefined) invoice.attempt_count += 1
  unit.store.save('invoice', invoice, null)
  if (intent !== undefined)
    emit(unit, 'invoice_payment.paid', {
      id: unit.id('invoice_payment'),
      object: 'invoice_payment',
      amount_paid: invoice.amount_due,
      amount_requested: invoice.amount_due,
      created: unit.nowSeconds,
      currency: invoice.currency,
      invoice: invoice.id,
      is_default: true,
      livemode: false,
      payment: { type: 'payment_intent', payment_intent: intent.id },
      status: 'paid',
    })
  emit(unit, 'invoice.paid', invoice)
  emit(unit, 'invoice.payment_succeeded', invoice)
}
