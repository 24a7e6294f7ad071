import type { UnitOfWork } from '../context.ts'
import type { Invoice, Subscription } from '../objects/subscription-types.ts'
import type { PaymentIntent } from '../objects/types.ts'
import { invoiceFailed, invoicePaid } from './invoices.ts'
import { attemptPayment } from './payments.ts'
import { startPayment } from './start-payment.ts'
import {
  invoicePaymentOf,
  markPastDue,
  renewSubscription,
  startSubscription,
} from './subscriptions.ts'
import type { CardOutcome } from './test-cards.ts'

/**
 * Begins a subscription's next period with an invoice and one attempt to pay it. After a failed attempt, the same
 * invoice is retried on the same PaymentIntent.
 */
export function payRenewal(
  unit: UnitOfWork,
  subscription: Subscription,
  card: CardOutcome,
): Invoice {
  const invoice = renewSubscription(unit, subscription)
  if (invoice.amount_due === 0) {
    invoicePaid(unit, invoice, undefined)
    startSubscription(unit, subscription.id, 'active')
    return invoice
  }
  const intent = invoicePaymentOf(unit, invoice) ?? startRenewalPayment(unit, invoice)
  intent.payment_method = 'pm_card_visa'
  attemptPayment(unit, intent, card)
  settle(unit, invoice, intent)
  return invoice
}

/** Completes a renewal whose payment settled later. */
export function finishRenewal(unit: UnitOfWork, intent: PaymentIntent): void {
  const { invoice: id, session } = intent.$
  const invoice = id === null || session !== null ? undefined : unit.store.find('invoice', id)
  if (invoice) settle(unit, invoice, intent)
}

function settle(unit: UnitOfWork, invoice: Invoice, intent: PaymentIntent): void {
  if (intent.status === 'succeeded') {
    invoicePaid(unit, invoice, intent)
    startSubscription(unit, invoice.$.subscription, 'active')
  } else if (intent.last_payment_error) {
    invoiceFailed(unit, invoice)
    markPastDue(unit, invoice.$.subscription)
  }
}

function startRenewalPayment(unit: UnitOfWork, invoice: Invoice): PaymentIntent {
  const { amount_due: amount, currency, customer } = invoice
  const intent = startPayment(unit, {
    amount,
    currency,
    customer,
    description: 'Subscription update',
    pays: { session: null, invoice: invoice.id },
  })
  invoice.$ = { ...invoice.$, paymentIntent: intent.id }
  unit.store.save('invoice', invoice, null)
  return intent
}
