import { invalidRequest } from '../api/stripe-error.ts'
import type { UnitOfWork } from '../context.ts'
import type { Invoice } from '../objects/subscription-types.ts'
import type { CheckoutSession, PaymentIntent } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'
import { invoiceFailed, invoicePaid } from './invoices.ts'
import { type ChargelessCode, failWithoutCharge } from './outcomes.ts'
import { attemptPayment } from './payments.ts'
import { startPayment } from './start-payment.ts'
import { openInvoice, startSubscription } from './subscriptions.ts'
import type { CardOutcome } from './test-cards.ts'

export type PayAction =
  | CardOutcome
  | { readonly kind: 'fails_without_charge'; readonly code: ChargelessCode }

/** Stores a changed session, which can also be listed by its PaymentIntent. */
function saveSession(unit: UnitOfWork, session: CheckoutSession): void {
  unit.store.save('checkout_session', session, session.$.paymentIntent)
}

/**
 * One attempt to pay an open session. It stays open after a failed attempt. Returns the
 * PaymentIntent; undefined if nothing is due now, as in a trial.
 * Throws Stripe's error if the session is no longer open.
 */
export function paySession(
  unit: UnitOfWork,
  session: CheckoutSession,
  action: PayAction,
): PaymentIntent | undefined {
  if (session.status !== 'open')
    throw invalidRequest(`This Checkout Session is ${session.status} and cannot be paid.`, {
      code: 'checkout_session_not_open',
    })
  const invoice = session.mode === 'subscription' ? openInvoice(unit, session) : null
  if (invoice?.amount_due === 0) {
    invoicePaid(unit, invoice, undefined)
    const trial = session.$.subscriptionData.trialDays !== null
    startSubscription(unit, invoice.$.subscription, trial ? 'trialing' : 'active')
    complete(unit, session, 'no_payment_required')
    return undefined
  }
  const intent = intentOf(unit, session, invoice)
  intent.payment_method = action.kind === 'processes' ? 'pm_sepaDebit' : 'pm_card_visa'
  if (action.kind === 'fails_without_charge') failWithoutCharge(unit, intent, action.code)
  else attemptPayment(unit, intent, action)
  if (intent.status === 'succeeded') {
    if (invoice) paid(unit, invoice, intent)
    complete(unit, session, 'paid')
  } else if (intent.status === 'processing') complete(unit, session, 'unpaid')
  else {
    if (invoice && intent.last_payment_error) invoiceFailed(unit, invoice)
    saveSession(unit, session)
  }
  return intent
}

/** Completes a session whose payment settled later. */
export function finishSession(unit: UnitOfWork, intent: PaymentIntent): void {
  const session = intent.$.session && unit.store.find('checkout_session', intent.$.session)
  if (!session) return
  const invoice = session.$.invoice && unit.store.find('invoice', session.$.invoice)
  if (intent.status === 'succeeded') {
    if (invoice) paid(unit, invoice, intent)
    if (session.status === 'open') {
      complete(unit, session, 'paid')
      return
    }
    session.payment_status = 'paid'
    saveSession(unit, session)
    emit(unit, 'checkout.session.async_payment_succeeded', session)
    return
  }
  if (invoice) invoiceFailed(unit, invoice)
  if (session.status === 'complete') emit(unit, 'checkout.session.async_payment_failed', session)
}

/** Ends an open session without a payment: `checkout.session.expired`. */
export function expireSession(unit: UnitOfWork, session: CheckoutSession): CheckoutSession {
  session.status = 'expired'
  session.url = null
  saveSession(unit, session)
  unit.jobs.remove({ kind: 'expire_session', objectId: session.id })
  emit(unit, 'checkout.session.expired', session)
  return session
}

function paid(unit: UnitOfWork, invoice: Invoice, intent: PaymentIntent): void {
  invoicePaid(unit, invoice, intent)
  startSubscription(unit, invoice.$.subscription, 'active')
}

function complete(
  unit: UnitOfWork,
  session: CheckoutSession,
  paymentStatus: CheckoutSession['payment_status'],
): void {
  session.status = 'complete'
  session.payment_status = paymentStatus
  session.url = null
  const invoice = session.$.invoice && unit.store.find('invoice', session.$.invoice)
  if (session.mode === 'payment') session.payment_intent = session.$.paymentIntent
  else if (invoice) {
    session.invoice = invoice.id
    session.customer = invoice.customer
    session.subscription = invoice.$.subscription
  }
  session.customer_details = {
    address: null,
    email: session.customer_email ?? 'jenny.rosen@example.com',
    name: 'Jenny Rosen',
    phone: null,
    tax_exempt: 'none',
    tax_ids: [],
  }
  saveSession(unit, session)
  unit.jobs.remove({ kind: 'expire_session', objectId: session.id })
  emit(unit, 'checkout.session.completed', session)
}

function intentOf(
  unit: UnitOfWork,
  session: CheckoutSession,
  invoice: Invoice | null,
): PaymentIntent {
  const id = session.$.paymentIntent
  const kept = id && unit.store.find('payment_intent', id)
  if (kept) return kept
  const own = session.mode === 'payment'
  const { metadata, description, shipping } = session.$.paymentData
  const intent = startPayment(unit, {
    amount: session.amount_total,
    currency: session.currency,
    customer: invoice?.customer ?? session.customer,
    pays: { session: session.id, invoice: invoice?.id ?? null },
    ...(own ? { metadata, description, shipping } : { description: 'Subscription creation' }),
  })
  session.$ = { ...session.$, paymentIntent: intent.id }
  if (invoice !== null) {
    invoice.$ = { ...invoice.$, paymentIntent: intent.id }
    unit.store.save('invoice', invoice, null)
  }
  return intent
}
