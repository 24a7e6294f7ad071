import { html } from 'hono/html'
import type { Trust } from '../../../health/trust.ts'
import { age, instant } from '../../format.ts'
import type { Html } from '../../page.ts'
import type { ServiceFacts } from '../../use-cases.ts'

/** Whose payments the ledger counts, since when, and which process exposes them. */
export function ledgerView(
  { ledger, health, isLeader }: Trust,
  { mode, ledgerId }: ServiceFacts,
  now: number,
): Html {
  const rows: readonly (readonly [string, Html | string])[] = [
    ['Event sweep', age(health.sweptAt, now)],
    ['Reconcile', age(health.reconciledAt, now)],
    ['Last webhook', age(health.webhookAcceptedAt, now)],
    [
      'This process',
      isLeader ? 'leader: it exposes the counters and runs the sync jobs' : 'replica',
    ],
    [
      'Other replicas',
      ledger.replicaSeenAt === null
        ? 'none was seen'
        : html`seen ${age(ledger.replicaSeenAt, now)}`,
    ],
    [
      'Stripe',
      html`${mode}${ledger.account === null ? '' : html`, <code>${ledger.account}</code>`}`,
    ],
    ['Ledger', html`<code>${ledgerId}</code>`],
    ['Series', html`<code>${ledger.seriesId}</code> since ${instant(ledger.generationBeganAt)}`],
    [
      'Counts since',
      ledger.genesis === null ? "not yet: Stripe's clock is not known" : instant(ledger.genesis),
    ],
  ]
  return html`
<section class="card" aria-labelledby="ledger"><h2 id="ledger">Ledger and replicas</h2>
<dl class="rows">${rows.map(
    ([name, value]) => html`
  <div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}
</dl></section>`
}
