import { html } from 'hono/html'
import type { Trust } from '../../../health/trust.ts'
import { instant, number } from '../../format.ts'
import type { Html } from '../../page.ts'

/** Webhooks by outcome since this process started, and those refused since the ledger began. */
export function webhooksView({ webhooks: { outcomes, refused } }: Trust): Html {
  return html`
<section class="card" aria-labelledby="webhooks"><h2 id="webhooks">Webhooks</h2>
<table><caption>By outcome <span class="soft">since this process started</span></caption>
<thead><tr><th scope="col">Outcome</th><th scope="col" class="number">Number</th></tr></thead>
<tbody>${[...outcomes]
    .toSorted(([, one], [, other]) => other - one)
    .map(
      ([outcome, count]) => html`
  <tr><th scope="row"><code>${outcome}</code></th><td class="number">${number(count)}</td></tr>`,
    )}${outcomes.size === 0 ? html`<tr><td colspan="2" class="empty">None yet.</td></tr>` : ''}
</tbody></table>
<table><caption>Refused <span class="soft">since the ledger began</span></caption>
<thead><tr><th scope="col">Reason</th><th scope="col" class="number">Number</th><th scope="col">Last (UTC)</th></tr></thead>
<tbody>${refused.map(
    ({ reason, count, lastAt, advice }) => html`
  <tr><th scope="row"><code>${reason}</code><br><span class="soft">${advice}</span></th>
    <td class="number">${number(count)}</td><td>${instant(lastAt)}</td></tr>`,
  )}${refused.length === 0 ? html`<tr><td colspan="3" class="empty">None.</td></tr>` : ''}
</tbody></table></section>`
}
