import { create, type UnitOfWork } from '../context.ts'
import { createCustomer } from '../objects/customer.ts'
import type { Invoice, Subscription } from '../objects/subscription-types.ts'
import type { CheckoutSession, PaymentIntent, Price } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'
import { createInvoice } from './invoices.ts'

/**
 * Creates what a new subscription starts with: customer, subscription, open invoice. As at Stripe, the session's
 * metadata is not copied to its PaymentIntent. Changes the session's own data.
 */
export function openInvoice(unit: UnitOfWork, session: CheckoutSession): Invoice {
  const kept = session.$.invoice && unit.store.find('invoice', session.$.invoice)
  if (kept) return kept
  const customer = session.customer ?? createCustomer(unit, { email: session.customer_email }).id
  const subscription = createSubscription(unit, session, customer)
  const invoice = createInvoice(unit, subscription, {
    amount: session.amount_total,
    reason: 'subscription_create',
  })
  session.$ = { ...session.$, invoice: invoice.id }
  return invoice
}

/** Activates a subscription whose invoice is paid, or whose trial has begun: `customer.subscription.updated`. */
export function startSubscription(
  unit: UnitOfWork,
  id: string,
  status: 'active' | 'trialing',
): void {
  const subscription = unit.store.find('subscription', id)
  if (!subscription || subscription.status === status) return
  changeStatus(unit, subscription, status)
}

/**
 * Begins the next period with its invoice: `customer.subscription.updated`. An invoice that is still open is
 * retried instead, in the same period.
 */
export function renewSubscription(unit: UnitOfWork, subscription: Subscription): Invoice {
  const latest = subscription.latest_invoice
  const kept = latest === null ? undefined : unit.store.find('invoice', latest)
  if (kept?.status === 'open') return kept
  for (const item of subscription.items.data) {
    item.current_period_start = item.current_period_end
    item.current_period_end = periodEnd(item.current_period_start, item.price)
  }
  const amount = subscription.items.data.reduce(
    (sum, { price, quantity }) => sum + price.unit_amount * (quantity ?? 0),
    0,
  )
  emit(unit, 'customer.subscription.updated', subscription)
  return createInvoice(unit, subscription, { amount, reason: 'subscription_cycle' })
}

/** Marks a subscription whose invoice was not paid as past due: `customer.subscription.updated`. */
export function markPastDue(unit: UnitOfWork, id: string): void {
  const subscription = unit.store.find('subscription', id)
  if (subscription?.status === 'active' || subscription?.status === 'trialing')
    changeStatus(unit, subscription, 'past_due')
}

/** The PaymentIntent of an invoice, if there is one. */
export function invoicePaymentOf(unit: UnitOfWork, invoice: Invoice): PaymentIntent | undefined {
  const { paymentIntent: id } = invoice.$
  return id === null ? undefined : unit.store.find('payment_intent', id)
}

function changeStatus(
  unit: UnitOfWork,
  subscription: Subscription,
  status: Subscription['status'],
): void {
  const previous = { status: subscription.status }
  subscription.status = status
  unit.store.save('subscription', subscription, subscription.customer)
  emit(unit, 'customer.subscription.updated', subscription, { previous })
}

function createSubscription(
  unit: UnitOfWork,
  session: CheckoutSession,
  customer: string,
): Subscription {
  const { lines, subscriptionData } = session.$
  const { trialDays, metadata } = subscriptionData
  const trialEnd = trialDays === null ? null : unit.nowSeconds + trialDays * 86_400
  const id = unit.id('subscription')
  const subscription: Subscription = {
    id,
    object: 'subscription',
    cancel_at_period_end: false,
    collection_method: 'charge_automatically',
    created: unit.nowSeconds,
    currency: session.currency,
    customer,
    items: {
      object: 'list',
      data: lines.map(({ price, quantity }) => ({
        id: unit.id('subscription_item'),
        object: 'subscription_item',
        created: unit.nowSeconds,
        current_period_end: trialEnd ?? periodEnd(unit.nowSeconds, price),
        current_period_start: unit.nowSeconds,
        metadata: {},
        price,
        quantity,
        subscription: id,
      })),
      has_more: false,
      url: `/v1/subscription_items?subscription=${id}`,
    },
    latest_invoice: null,
    livemode: false,
    metadata,
    start_date: unit.nowSeconds,
    status: 'incomplete',
    trial_end: trialEnd,
    trial_start: trialEnd === null ? null : unit.nowSeconds,
  }
  create(unit, 'subscription', subscription, customer)
  emit(unit, 'customer.subscription.created', subscription)
  return subscription
}

const daysOf: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, year: 365 }

/** In whole days, with simplified months. */
function periodEnd(startSeconds: number, { recurring }: Price): number {
  const { interval = 'month', interval_count: count = 1 } = recurring ?? {}
  return startSeconds + (daysOf[interval] ?? 30) * count * 86_400
}
