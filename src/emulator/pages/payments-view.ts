import { html } from 'hono/html'
import type { UnitOfWork } from '../context.ts'
import type { Charge, CheckoutSession, PaymentIntent } from '../objects/types.ts'
import { isoTime, money, timeOfDay } from './format.ts'
import type { Html } from './layout.ts'

export interface ShownPayment {
  readonly intent: PaymentIntent
  readonly charge: Charge | undefined
  readonly session: CheckoutSession | undefined
}

const shownMax = 8

/** The newest payments and what was bought. */
export function recentPayments({ store, nowMs }: UnitOfWork): ShownPayment[] {
  return store
    .list('payment_intent', {
      limit: shownMax,
      nowMs,
      created: { min: 0, max: Number.MAX_SAFE_INTEGER },
    })
    .items.map((intent) => ({
      intent,
      charge: intent.latest_charge ? store.find('charge', intent.latest_charge) : undefined,
      session: intent.$.session ? store.find('checkout_session', intent.$.session) : undefined,
    }))
}

/** The list of payments, each with a refund button. */
export function paymentsView(payments: readonly ShownPayment[]): Html {
  return html`
<ul class="card payments">${payments.map(paymentView)}${
    payments.length === 0
      ? html`<li class="empty">No payments yet. Start a checkout above.</li>`
      : ''
  }
</ul>`
}

function paymentView({ intent, charge, session }: ShownPayment): Html {
  const { tone, text } = stateOf(intent, charge)
  const refundable = intent.status === 'succeeded' && charge?.refunded === false
  const what = session?.$.lines[0]?.description ?? intent.description ?? 'Payment'
  const amount = money(intent.amount, intent.currency)
  return html`
  <li>
    <span>${what}<br><time class="soft small" datetime="${isoTime(intent.created)}">${timeOfDay(intent.created)}</time></span>
    <span class="amount">${amount}</span>
    <span class="state ${tone}">${text}</span>
    <span class="act">${
      refundable
        ? html`<form method="post" action="/shop/refund"><input type="hidden" name="payment_intent" value="${intent.id}"><button class="quiet slim" aria-label="Refund ${amount} for ${what}">Refund</button></form>`
        : ''
    }</span>
  </li>`
}

function stateOf(intent: PaymentIntent, charge: Charge | undefined) {
  if (charge?.refunded) return { tone: '', text: 'Refunded' }
  if (charge && charge.amount_refunded > 0) {
    const back = money(charge.amount_refunded, charge.currency)
    return { tone: 'good', text: `Paid, ${back} refunded` }
  }
  if (intent.status === 'succeeded') return { tone: 'good', text: 'Paid' }
  if (intent.last_payment_error) {
    const code = intent.last_payment_error.code
    const refused = code === 'payment_intent_authentication_failure'
    return { tone: 'bad', text: refused ? '3-D Secure refused' : 'Declined' }
  }
  return { tone: 'open', text: intent.status === 'processing' ? 'Processing' : 'Not paid yet' }
}
