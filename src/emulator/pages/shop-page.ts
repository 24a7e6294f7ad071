import { html } from 'hono/html'
import type { Price, Product } from '../objects/types.ts'
import type { Series } from './counters.ts'
import { countersView } from './counters-view.ts'
import { money } from './format.ts'
import { type Html, page } from './layout.ts'
import { paymentsView } from './payments-view.ts'
import type { ShownPayment } from './recent-payments.ts'
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
  /** A word to whoever returns from the pay page. */
  readonly notice: string | undefined
}

/** The shop page: plans, counters and payments. */
export function shopPage(parts: ShopParts): Html {
  const series = 'ok' in parts.counters ? parts.counters.ok : []
  return page({
    title: 'Emulator shop',
    script: { source: shopScript, nonce: parts.nonce },
    body: html`
<header>
  ${markView(parts.connection)}
  <h1>Buy a plan, watch the counters</h1>
  <p class="soft">A stand-in for your shop and for Stripe, on this machine. A button starts a checkout through your own service, which is then notified of the result by webhook.</p>
</header>
${parts.notice === undefined ? '' : html`<p class="notice" role="status">${parts.notice}</p>`}
<section aria-labelledby="counters"><div class="head"><h2 id="counters">Counters</h2><span class="soft small">as a Prometheus scrape reads them, twice a second</span></div>
${countersView(series, parts.plans)}
<p class="note soft small" id="counters-note" role="status">${'error' in parts.counters ? parts.counters.error : ''}</p>
</section>
<section aria-labelledby="plans"><div class="head"><h2 id="plans">Plans</h2><span class="soft small">on the next page you pay, decline or cancel</span></div>
<div class="plans">${parts.offers.map(offerView)}</div>
</section>
<section aria-labelledby="payments-title"><div class="head"><h2 id="payments-title">Recent payments</h2>
<form method="post" action="/shop/hold"><button class="quiet slim">Hold $50.00 to capture later</button></form></div>
<p class="soft small">A refund is a fact of its own: it adds to “refunded” and takes nothing from “success”. A hold counts when it is captured.</p>
<div id="payments">${paymentsView(parts.payments)}</div>
</section>
<footer>${whereView(parts.connection)}</footer>`,
  })
}

function markView(connection: Connection | null): Html {
  return html`<p class="mark">Emulator shop <span class="tag">no real money</span>${
    connection ? html`<a href="${connection.apiUrl}/">Operator’s page</a>` : ''
  }</p>`
}

function offerView({ plan, priceName, price, product }: Offer): Html {
  const title = `${product?.name ?? plan}${priceName === '' ? '' : `, ${periodOf(price)}`}`
  return html`
<div class="card plan">
  <h3>${title}</h3>
  <p class="price">${money(price.unit_amount, price.currency)}${
    price.recurring ? html`<small> per ${periodOf(price)}</small>` : ''
  }</p>
  <p class="soft small about">${String(product?.description ?? '')}</p>
  <form method="post" action="/shop/checkout"><input type="hidden" name="plan" value="${plan}"><input type="hidden" name="price" value="${priceName}"><button aria-label="Start checkout for ${title}">Start checkout</button></form>
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
