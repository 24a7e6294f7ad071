import { html } from 'hono/html'
import type { Price, Product } from '../objects/types.ts'
import type { Series } from './counters.ts'
import { countersView } from './counters-view.ts'
import { money } from './format.ts'
import { type Html, page } from './layout.ts'
import { paymentsView, type ShownPayment } from './payments-view.ts'
import type { Connection, Result } from './service-link.ts'
import { shopScript } from './shop-script.ts'

export interface Offer {
  readonly plan: string
  /** Empty for the first price of a plan. */
  readonly priceName: string
  readonly price: Price
  readonly product: Product | undefined
}

export interface ShopParts {
  readonly nonce: string
  readonly offers: readonly Offer[]
  readonly plans: readonly string[]
  readonly counters: Result<readonly Series[]>
  readonly payments: readonly ShownPayment[]
  readonly connection: Connection | null
  /** Whether the customer returns from paying. */
  readonly paid: boolean
}

/** The shop page: plans, counters and payments. */
export function shopPage(parts: ShopParts): Html {
  const series = 'ok' in parts.counters ? parts.counters.ok : []
  return page({
    title: 'Emulator shop',
    script: { source: shopScript, nonce: parts.nonce },
    body: html`
<header>
  <p class="mark">Emulator: no real money moves</p>
  <h1>Buy a plan, watch the counters</h1>
  <p class="soft">This page is a stand-in for your shop and for Stripe, on this machine. A button starts a checkout through your own service, which is then notified of the result by webhook.</p>
</header>
<section aria-labelledby="plans"><h2 id="plans">Plans</h2>
<p class="soft small">On the next page you pay, decline or cancel.</p>
<div class="plans">${parts.offers.map(offerView)}</div>
</section>
<section aria-labelledby="counters"><h2 id="counters">Counters</h2>
<p class="soft small">${parts.paid ? 'Thank you, the payment went through. ' : ''}As a Prometheus scrape reads them, twice a second.</p>
${countersView(series, parts.plans)}
<p class="note soft small" id="counters-note" role="status">${'error' in parts.counters ? parts.counters.error : ''}</p>
</section>
<section aria-labelledby="payments-title"><h2 id="payments-title">Recent payments</h2>
<p class="soft small">A refund is a fact of its own: it adds to “refunded” and takes nothing from “success”.</p>
<div id="payments">${paymentsView(parts.payments)}</div>
</section>
<footer>${whereView(parts.connection)}</footer>`,
  })
}

function offerView({ plan, priceName, price, product }: Offer): Html {
  const title = `${product?.name ?? plan}${priceName === '' ? '' : `, ${periodOf(price)}`}`
  return html`
<div class="card plan">
  <h3>${title}</h3>
  <p class="price">${money(price.unit_amount, price.currency)}${
    price.recurring ? html`<small> per ${periodOf(price)}</small>` : ''
  }</p>
  <p class="soft">${String(product?.description ?? '')}</p>
  <form method="post" action="/shop/checkout"><input type="hidden" name="plan" value="${plan}"><input type="hidden" name="price" value="${priceName}"><button class="wide" aria-label="Start checkout for ${title}">Start checkout</button></form>
</div>`
}

/** `month`, or `3 months`. */
function periodOf({ recurring }: Price): string {
  if (recurring === null) return 'once'
  const { interval, interval_count: count } = recurring
  return count === 1 ? interval : `${count} ${interval}s`
}

function whereView(connection: Connection | null): Html {
  return connection
    ? html`<p>Service <code>${connection.apiUrl}</code> · metrics <a href="${connection.metricsUrl}"><code>${connection.metricsUrl}</code></a> · webhooks to <code>${connection.webhookUrl}</code></p>`
    : html`<p>No service is connected to this emulator yet.</p>`
}
