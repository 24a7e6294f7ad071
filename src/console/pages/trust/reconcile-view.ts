import { html } from 'hono/html'
import type { ReconcileReport } from '../../../stripe/sync/reconcile-report.ts'
import { instant, number } from '../../format.ts'
import type { Html } from '../../page.ts'
import { factPath } from '../facts/fact.ts'

/** What the last reconcile with Stripe's lists found: drift and orphans, each with its object. */
export function reconcileView(report: ReconcileReport | undefined): Html {
  return html`
<section class="card" aria-labelledby="stripe"><h2 id="stripe">The same as Stripe</h2>
${report === undefined ? html`<p class="empty">No reconcile has ended yet.</p>` : found(report)}
</section>`
}

function found(report: ReconcileReport): Html {
  const { beganAt, since, listed, drift, orphans, orphansBeganAt } = report
  const lists = Object.entries(listed).map(([list, count]) => `${number(count)} in ${list}`)
  return html`
<p>The reconcile of ${instant(beganAt)} read Stripe's lists from ${instant(since)} on${
    lists.length === 0 ? '' : html`: ${lists.join(', ')}`
  }.</p>
<h3>Drift: ${number(drift.count)}</h3>
${
  drift.count === 0
    ? html`<p class="soft">Nothing was missing in the ledger.</p>`
    : html`<p>Missed by webhooks and the sweep, and recorded now:</p>${keysView(drift.keys)}`
}
<h3>Orphans: ${orphans === null ? 'not looked for yet' : number(orphans.absent + orphans.changed)}</h3>
${
  orphans === null
    ? html`<p class="soft">A reconcile over 35 days looks for them, once a day.</p>`
    : html`<p class="soft">${number(orphans.absent)} facts whose object Stripe does not have, ${number(orphans.changed)} whose
object changed, ${number(orphans.notLookedUp)} not looked up${
        orphansBeganAt === null ? '' : html`, at ${instant(orphansBeganAt)}`
      }.</p>${keysView(orphans.keys)}`
}`
}

function keysView(keys: readonly string[]): Html {
  if (keys.length === 0) return html``
  return html`<ul class="keys">${keys.map(
    (key) => html`
  <li><a class="code" href="${factPath(key)}">${key}</a></li>`,
  )}</ul>`
}
