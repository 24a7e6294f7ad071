import { invalidRequest } from '../api/stripe-error.ts'
import type { UnitOfWork } from '../context.ts'
import type { CheckoutSession, PaymentIntent } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'
import { refuseAuthentication } from './outcomes.ts'
import { attemptPayment } from './payments.ts'
import { startPayment } from './start-payment.ts'
import { invoiceFailed, invoicePaid, openInvoice } from './subscriptions.ts'
import type { CardOutcome } from './test-cards.ts'

export type PayAction = CardOutcome | { readonly kind: 'refuses_authentication' }

/** Keeps a changed session; it is listed under its PaymentIntent too. */
export function saveSession(unit: UnitOfWork, session: CheckoutSession): void {
  unit.store.save('checkout_session', session, session.$.paymentIntent)
}

/**
 * One attempt to pay an open session. A failed attempt leaves it open, to be tried again.
 * Throws Stripe's refusal when the session is not open any more.
 */
export function paySession(
  unit: UnitOfWork,
  session: CheckoutSession,
  action: PayAction,
): PaymentIntent {
  if (session.status !== 'open')
    throw invalidRequest(`This Checkout Session is ${session.status} and cannot be paid.`, {
      code: 'checkout_session_not_open',
    })
  const invoice = session.mode === 'subscription' ? openInvoice(unit, session) : null
  const intent = intentOf(unit, session, invoice?.customer ?? session.customer)
  if (action.kind === 'refuses_authentication') refuseAuthentication(unit, intent)
  else {
    intent.payment_method = 'pm_card_visa'
    attemptPayment(unit, intent, action)
  }
  if (intent.status === 'succeeded') {
    if (invoice) invoicePaid(unit, invoice, intent)
    complete(unit, session, 'paid')
  } else if (intent.status === 'processing') complete(unit, session, 'unpaid')
  else {
    if (invoice && intent.last_payment_error) invoiceFailed(unit, invoice)
    saveSession(unit, session)
  }
  return intent
}

/** A session whose payment took its time hears how it ended. */
export function finishSession(unit: UnitOfWork, intent: PaymentIntent): void {
  const session = intent.$.session && unit.store.find('checkout_session', intent.$.session)
  if (!session) return
  const invoice = session.$.invoice && unit.store.find('invoice', session.$.invoice)
  if (intent.status === 'succeeded') {
    if (invoice) invoicePaid(unit, invoice, intent)
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
  customer: string | null,
): PaymentIntent {
  const id = session.$.paymentIntent
  const kept = id && unit.store.find('payment_intent', id)
  if (kept) return kept
  const own = session.mode === 'payment'
  const { metadata, description, shipping } = session.$.paymentData
  const intent = startPayment(unit, {
    amount: session.amount_total,
    currency: session.currency,
    customer,
    session: session.id,
    ...(own ? { metadata, description, shipping } : { description: 'Subscription creation' }),
  })
  session.$ = { ...session.$, paymentIntent: intent.id }
  return intent
}
