import { html } from 'hono/html'
import { isCounterName, seriesNameOf } from '../../../../instrumentation/counters.ts'
import type { Trust } from '../../../health/trust.ts'
import { number } from '../../format.ts'
import type { Html } from '../../page.ts'

/** Every series in the facts, in the committed totals, and as this process exposes it. */
export function totalsView({ totals, isLeader }: Trust): Html {
  return html`
<section class="card"><div class="scroll" tabindex="0" role="region" aria-label="Facts, totals and counters"><table>
<caption>Facts = totals = exposed</caption>
<thead><tr><th scope="col">Series</th><th scope="col" class="number">Facts</th>
  <th scope="col" class="number">Totals</th><th scope="col" class="number">Exposed</th>
  <th scope="col">State</th></tr></thead>
<tbody>${totals.map(
    ({ counter, label, facts, committed, exposed, isRight }) => html`
  <tr><th scope="row"><code>${isCounterName(counter) ? seriesNameOf(counter, label) : counter}</code></th>
    <td class="number">${number(facts)}</td><td class="number">${number(committed)}</td>
    <td class="number">${exposed === null ? '–' : number(exposed)}</td>
    <td>${isRight ? html`<span class="tag good">equal</span>` : html`<span class="tag bad">differs</span>`}</td></tr>`,
  )}
</tbody></table></div>
<p class="soft">${
    isLeader
      ? 'Totals are read before and after, because facts may arrive in between; a counter is raised to its total at the latest with the next scrape.'
      : 'This process is not the leader and exposes no counter: the leader does.'
  }</p></section>`
}
