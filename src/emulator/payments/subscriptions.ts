import { create, type UnitOfWork } from '../context.ts'
import { createCustomer } from '../objects/customer.ts'
import type { CheckoutSession, Invoice, PaymentIntent, Subscription } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'

/**
 * The first bill of a subscription that is being bought: customer, subscription, open invoice.
 * None of our metadata reaches its PaymentIntent, as at Stripe. Changes the session's own note.
 */
export function openInvoice(unit: UnitOfWork, session: CheckoutSession): Invoice {
  const kept = session.$.invoice && unit.store.find('invoice', session.$.invoice)
  if (kept) return kept
  const customer = session.customer ?? createCustomer(unit, { email: session.customer_email }).id
  const subscription = createSubscription(unit, session, customer)
  const invoice: Invoice = {
    id: unit.id('invoice'),
    object: 'invoice',
    amount_due: session.amount_total,
    amount_paid: 0,
    amount_remaining: session.amount_total,
    attempt_count: 0,
    attempted: false,
    billing_reason: 'subscription_create',
    collection_method: 'charge_automatically',
    created: unit.nowSeconds,
    currency: session.currency,
    customer,
    livemode: false,
    metadata: {},
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: {}, subscription: subscription.id },
    },
    status: 'open',
    total: session.amount_total,
    $: { subscription: subscription.id },
  }
  create(unit, 'invoice', invoice)
  session.$ = { ...session.$, invoice: invoice.id }
  emit(unit, 'invoice.created', invoice)
  emit(unit, 'invoice.finalized', invoice)
  return invoice
}

/** The attempt on the bill failed: one more view of the same failure. */
export function invoiceFailed(unit: UnitOfWork, invoice: Invoice): void {
  invoice.attempted = true
  invoice.attempt_count += 1
  unit.store.save('invoice', invoice, null)
  emit(unit, 'invoice.payment_failed', invoice)
}

/** The bill is paid and the subscription runs: four more views of the same success. */
export function invoicePaid(unit: UnitOfWork, invoice: Invoice, intent: PaymentIntent): void {
  invoice.status = 'paid'
  invoice.amount_paid = invoice.amount_due
  invoice.amount_remaining = 0
  invoice.attempted = true
  invoice.attempt_count += 1
  unit.store.save('invoice', invoice, null)
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
  const subscription = unit.store.find('subscription', invoice.$.subscription)
  if (!subscription) return
  subscription.status = 'active'
  unit.store.save('subscription', subscription, null)
  emit(unit, 'customer.subscription.updated', subscription, { previous: { status: 'incomplete' } })
}

function createSubscription(
  unit: UnitOfWork,
  session: CheckoutSession,
  customer: string,
): Subscription {
  const subscription: Subscription = {
    id: unit.id('subscription'),
    object: 'subscription',
    cancel_at_period_end: false,
    collection_method: 'charge_automatically',
    created: unit.nowSeconds,
    currency: session.currency,
    customer,
    items: {
      object: 'list',
      data: session.$.lines.map(({ price, quantity }) => ({
        id: unit.id('subscription_item'),
        object: 'subscription_item',
        created: unit.nowSeconds,
        metadata: {},
        price,
        quantity,
      })),
      has_more: false,
    },
    livemode: false,
    metadata: {},
    start_date: unit.nowSeconds,
    status: 'incomplete',
  }
  create(unit, 'subscription', subscription, customer)
  emit(unit, 'customer.subscription.created', subscription)
  return subscription
}
