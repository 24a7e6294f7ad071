import { html } from 'hono/html'
import { counterNames } from '../../../instrumentation/counters.ts'
import type { FactRow } from '../../database/schema.ts'
import { noFaults } from '../faults.ts'
import { instant, number } from '../format.ts'
import type { ConsoleSection, Html, PageContent, PageRequest } from '../page.ts'
import { amountOf } from './facts/amount-of.ts'
import { factPath, renderFact } from './facts/fact.ts'
import { filterForm } from './facts/filter-form.ts'
import { findFacts, isSearch, readFilter } from './facts/find.ts'

/** The facts behind the numbers. */
export const facts: ConsoleSection = {
  path: '/facts',
  name: 'Facts',
  pages: [
    { path: '/facts', render: renderFacts },
    { path: '/facts/:key', render: renderFact },
  ],
  actions: [],
}

async function renderFacts({ use, query }: PageRequest): Promise<PageContent> {
  const reading = readFilter(query)
  const { counters } = await use.readLiveState()
  const { facts: found, next } =
    'faults' in reading ? { facts: [], next: null } : await findFacts(use.readFacts, query, reading)
  const selected = counters.filter(
    ({ counter, label }) =>
      isEither(query.get('counter'), counter) && isEither(query.get('label'), label),
  )
  const total = selected.reduce((sum, one) => sum + one.total, 0)
  return {
    title: 'Facts',
    body: html`
${filterForm(query, counterNames, 'faults' in reading ? reading.faults : noFaults)}
<section class="card" data-live="facts">
${isPart(query) ? '' : html`<p>The committed total of these counters is <strong>${number(total)}</strong>, one for each fact.</p>`}
${factTable(found)}
${next === null ? '' : html`<p><a rel="next" href="?${withPage(query, next)}">Older facts</a></p>`}
</section>`,
  }
}

/** Whether the list holds only some of the facts of the selected counters. */
function isPart(query: URLSearchParams): boolean {
  return isSearch(query) || ['source', 'from', 'through'].some((name) => query.get(name))
}

function isEither(wanted: string | null, value: string): boolean {
  return wanted === null || wanted === '' || wanted === value
}

function withPage(query: URLSearchParams, next: string): string {
  const copy = new URLSearchParams(query)
  copy.set('after', next)
  return copy.toString()
}

function factTable(found: readonly FactRow[]): Html {
  if (found.length === 0)
    return html`<p class="empty">No fact on this page. A filter by source or time looks through a bounded number of facts
at once: go on with “Older facts” if there is a link.</p>`
  return html`
<div class="scroll" role="region" aria-label="Facts" tabindex="0"><table>
<caption>Most recently recorded first <span class="soft">times in UTC</span></caption>
<thead><tr><th scope="col">Happened</th><th scope="col">Counter</th><th scope="col">Label</th>
<th scope="col" class="number">Amount</th><th scope="col">Source</th><th scope="col">Fact</th></tr></thead>
<tbody>${found.map(
    (fact) => html`
<tr><td>${instant(fact.occurred_at)}</td><td>${fact.counter}</td><td>${fact.label}</td>
<td class="number">${amountOf(fact)}</td><td>${fact.source}</td>
<td><a class="code" href="${factPath(fact.key)}">${fact.key}</a></td></tr>`,
  )}</tbody></table></div>`
}
