import { html } from 'hono/html'
import type { Charge, PaymentIntent } from '../objects/types.ts'
import { isoTime, money, timeOfDay, toField } from './format.ts'
import type { Html } from './layout.ts'
import { type FailedAttempt, isRefused, type ShownPayment } from './recent-payments.ts'

/** The list of payments, each with its failed attempts and with what can be done to it. */
export function paymentsView(payments: readonly ShownPayment[]): Html {
  return html`
<ul class="card payments">${payments.map(paymentView)}${
    payments.length === 0
      ? html`<li class="empty">No payments yet. Start a checkout above.</li>`
      : ''
  }
</ul>`
}

function paymentView({ intent, charge, session, attempts }: ShownPayment): Html {
  const { tone, text } = stateOf(intent, charge)
  const what = session?.$.lines[0]?.description ?? intent.description ?? 'Payment'
  const amount = money(intent.amount, intent.currency)
  return html`
  <li>
    <span>${what}<br><time class="soft small" datetime="${isoTime(intent.created)}">${timeOfDay(intent.created)}</time></span>
    <span class="amount">${amount}</span>
    <div><span class="state ${tone}">${text}</span>${attemptsView(attempts)}</div>
    <div class="act">${actionsView(intent, charge, `${amount} for ${what}`)}</div>
  </li>`
}

function attemptsView(attempts: readonly FailedAttempt[]): Html {
  if (attempts.length === 0) return html``
  return html`
    <ul class="attempts soft" aria-label="Failed attempts">${attempts.map(
      ({ atSeconds, code, message }) => html`
      <li><time datetime="${isoTime(atSeconds)}">${timeOfDay(atSeconds)}</time> failed: ${
        isRefused(code) ? '3-D Secure refused' : message
      }</li>`,
    )}
    </ul>`
}

function actionsView(intent: PaymentIntent, charge: Charge | undefined, name: string): Html {
  const id = html`<input type="hidden" name="payment_intent" value="${intent.id}">`
  if (intent.status === 'requires_capture')
    return html`<form method="post" action="/shop/held">${id}<button class="quiet slim" name="action" value="capture" aria-label="Capture ${name}">Capture</button><button class="quiet slim" name="action" value="capture_half" aria-label="Capture half of ${name}">Capture half</button><button class="quiet slim" name="action" value="release" aria-label="Release ${name}">Release</button></form>`
  if (intent.status !== 'succeeded' || charge?.refunded !== false) return html``
  const left = charge.amount_captured - charge.amount_refunded + charge.$.released
  const field = toField(left, intent.currency)
  return html`<form method="post" action="/shop/refund">${id}<button class="quiet slim" aria-label="Refund ${name}">Refund</button></form>
    <details><summary>A part</summary><form method="post" action="/shop/refund">${id}<input type="number" name="amount" min="0" max="${field}" step="any" value="${field}" aria-label="Part of ${name}" required><button class="quiet slim" aria-label="Refund this part of ${name}">Refund this part</button></form></details>`
}

function stateOf(intent: PaymentIntent, charge: Charge | undefined) {
  if (intent.status === 'canceled') return { tone: '', text: 'Released, nothing was charged' }
  if (intent.status === 'requires_capture') return { tone: 'open', text: 'Held, not captured' }
  if (charge?.refunded) return { tone: '', text: 'Refunded' }
  if (charge && charge.amount_refunded > charge.$.released) {
    const back = money(charge.amount_refunded - charge.$.released, charge.currency)
    return { tone: 'good', text: `Paid, ${back} refunded` }
  }
  if (intent.status === 'succeeded') {
    const isPart = intent.amount_received < intent.amount
    const captured = money(intent.amount_received, intent.currency)
    return { tone: 'good', text: isPart ? `Paid, ${captured} captured` : 'Paid' }
  }
  if (intent.last_payment_error) {
    const text = isRefused(intent.last_payment_error.code) ? '3-D Secure refused' : 'Declined'
    return { tone: 'bad', text: isReturned(charge) ? 'Bank debit returned' : text }
  }
  return { tone: 'open', text: intent.status === 'processing' ? 'Processing' : 'Not paid yet' }
}

function isReturned(charge: Charge | undefined): boolean {
  return charge?.id.startsWith('py_') === true
}
