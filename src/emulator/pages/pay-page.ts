import { html } from 'hono/html'
import type { CheckoutSession, LastPaymentError } from '../objects/types.ts'
import { money } from './format.ts'
import { type Html, page } from './layout.ts'

/** The payment page of an open session: what is bought, and every possible outcome. */
export function payPage(session: CheckoutSession, error: LastPaymentError | null): Html {
  return page({
    title: 'Pay · Emulator',
    narrow: true,
    body: html`
<header><p class="mark">Emulator <span class="tag">no real money</span></p>
<h1>Pay ${total(session)}</h1></header>
<div class="card">
${billView(session, 'Due today')}
${error ? html`<p class="alert" role="alert">${sayError(error)} You can try again.</p>` : ''}
<form class="choices" method="post">
  <button class="wide" name="action" value="pay">Pay ${total(session)}</button>
  <div class="two">
    <button class="quiet" name="action" value="decline">Decline card</button>
    <button class="quiet" name="action" value="refuse">Refuse 3-D Secure</button>
    <button class="quiet" name="action" value="debit">Bank debit</button>
    <button class="quiet" name="action" value="debit_fails">Bank debit that is returned</button>
  </div>
  <hr>
  <a class="button quiet" href="${session.cancel_url ?? '/'}">Cancel and go back</a>
</form>
</div>
<footer class="small">A declined card and a refused 3-D Secure check are failed attempts; this page stays open for another try. A bank debit ends a few seconds later. Checkout <code>${session.id.slice(0, 24)}…</code></footer>`,
  })
}

/** The page of a session that is no longer open. */
export function closedPage(session: CheckoutSession): Html {
  const { title, text } = closedWords(session)
  return page({
    title: `${title} · Emulator`,
    narrow: true,
    body: html`
<header><p class="mark">Emulator <span class="tag">no real money</span></p><h1>${title}</h1></header>
<div class="card">
${billView(session, 'Total')}
<p role="status">${text}</p>
<div><a class="button" href="/">Back to the shop</a></div>
</div>`,
  })
}

function closedWords(session: CheckoutSession) {
  if (session.status === 'expired')
    return { title: 'This checkout has expired', text: 'Nothing was paid. Start a new one.' }
  if (session.payment_status === 'paid')
    return { title: 'This checkout is paid', text: 'It cannot be paid a second time.' }
  return { title: 'This payment is under way', text: 'The bank has not said yet how it ends.' }
}

function billView(session: CheckoutSession, totalLabel: string): Html {
  return html`
<dl class="bill">${session.$.lines.map(
    ({ description, quantity, amount_total, price }) => html`
  <dt>${description}${(quantity ?? 0) > 1 ? ` × ${quantity}` : ''}</dt><dd>${money(amount_total, session.currency)}${
    price.recurring ? html`<span class="soft"> / ${price.recurring.interval}</span>` : ''
  }</dd>`,
  )}
  <dt class="total">${totalLabel}</dt><dd class="total">${total(session)}</dd>
</dl>`
}

function total(session: CheckoutSession): string {
  return money(session.amount_total, session.currency)
}

function sayError({ code, message }: LastPaymentError): string {
  return code === 'payment_intent_authentication_failure'
    ? '3-D Secure was refused, so no payment was made.'
    : message
}
