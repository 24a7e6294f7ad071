import { html } from 'hono/html'
import type { FactSource } from '../../../ledger/fact.ts'
import { type Faults, faultSummary, faultText, fieldAttributes } from '../../faults.ts'
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
export function filterForm(
  query: URLSearchParams,
  counters: readonly string[],
  faults: Faults,
): Html {
  const field = (name: string, label: string, type: string) =>
    fieldView({ name, label, type, value: query.get(name) ?? '', faults })
  return html`
${faultSummary(faults, [
  ['from', 'From'],
  ['through', 'Through'],
])}
<form class="filters" method="get" action="/facts" role="search">
  ${field('q', 'Key or object', 'search')}
  ${choice('counter', 'Counter', query, counters)}
  ${field('label', 'Label', 'text')}
  ${choice('source', 'Source', query, sources)}
  ${field('from', 'From', 'date')}
  ${field('through', 'Through', 'date')}
  <div class="buttons"><button class="primary">Filter</button><a class="button" href="/facts">Clear</a></div>
</form>`
}

interface Field {
  readonly name: string
  readonly label: string
  readonly type: string
  readonly value: string
  readonly faults: Faults
}

function fieldView({ name, label, type, value, faults }: Field): Html {
  return html`<div><label for="${name}">${label}</label>
  <input id="${name}" name="${name}" type="${type}" value="${value}" maxlength="255"${fieldAttributes(name, faults)}>${faultText(name, faults)}</div>`
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
