import { html } from 'hono/html'
import type { FactSource } from '../../../ledger/fact.ts'
import type { Html } from '../../page.ts'

const sources: readonly FactSource[] = [
  'webhook',
  'sweep',
  'reconcile',
  'api',
  'schedule',
  'manual',
  'operator',
]

/** The filters of the page of facts; a GET form, so that a link or a reload keeps them. */
export function filterForm(query: URLSearchParams, counters: readonly string[]): Html {
  return html`
<form class="filters" method="get" action="/facts" role="search">
  ${field('q', 'Key or object', query, 'search')}
  ${choice('counter', 'Counter', query, counters)}
  ${field('label', 'Label', query, 'text')}
  ${choice('source', 'Source', query, sources)}
  ${field('from', 'From', query, 'date')}
  ${field('through', 'Through', query, 'date')}
  <div class="buttons"><button class="primary">Filter</button><a class="button" href="/facts">Clear</a></div>
</form>`
}

function field(name: string, label: string, query: URLSearchParams, type: string): Html {
  return html`<div><label for="${name}">${label}</label>
  <input id="${name}" name="${name}" type="${type}" value="${query.get(name) ?? ''}" maxlength="255"></div>`
}

function choice(
  name: string,
  label: string,
  query: URLSearchParams,
  values: readonly string[],
): Html {
  const chosen = query.get(name)
  return html`<div><label for="${name}">${label}</label>
  <select id="${name}" name="${name}"><option value="">all</option>${values.map(
    (value) => html`<option${value === chosen ? ' selected' : ''}>${value}</option>`,
  )}</select></div>`
}
