import { html } from 'hono/html'
import type { Trust } from '../health/trust.ts'
import { age } from './format.ts'
import type { Html } from './page.ts'

/** Whether the numbers can be trusted, in one line, on every page; undefined if that cannot be read. */
export function trustStrip(trust: Trust | undefined, now: number): Html {
  return html`
<aside class="strip" aria-label="Trust" data-live="strip">${
    trust === undefined
      ? html`<ul><li class="bad"><a href="/trust">The ledger cannot be read</a></li></ul>`
      : summary(trust, now)
  }
</aside>`
}

function summary({ findings, health, totals, reconcile }: Trust, now: number): Html {
  const isEqual = totals.every(({ isRight }) => isRight)
  const isSame =
    reconcile?.drift.count === 0 &&
    (reconcile.orphans?.absent ?? 0) + (reconcile.orphans?.changed ?? 0) === 0
  const badCount = findings.filter(({ state }) => state === 'bad').length
  return html`
  <ul>
    <li class="${isEqual ? 'good' : 'bad'}"><a href="/trust">${
      isEqual ? 'Facts = totals = exposed' : 'Facts, totals and counters differ'
    }</a></li>
    <li class="${isSame ? 'good' : 'warn'}"><a href="/trust">${stripeText(reconcile, isSame)}</a></li>
    ${
      badCount === 0
        ? ''
        : html`<li class="bad"><a href="/trust">${badCount === 1 ? 'One thing' : `${badCount} things`} to act on</a></li>`
    }
  </ul>
  <dl>
    <div><dt>Event sweep</dt><dd>${age(health.sweptAt, now)}</dd></div>
    <div><dt>Reconcile</dt><dd>${age(health.reconciledAt, now)}</dd></div>
    <div><dt>Last webhook</dt><dd>${age(health.webhookAcceptedAt, now)}</dd></div>
  </dl>`
}

function stripeText(reconcile: Trust['reconcile'], isSame: boolean): string {
  if (reconcile === undefined) return 'Not compared with Stripe yet'
  return isSame ? 'Same as Stripe' : 'Not the same as Stripe at the last reconcile'
}
