import { html } from 'hono/html'
import type { Finding } from '../../../health/trust.ts'
import { instant } from '../../format.ts'
import type { Html } from '../../page.ts'

const words = { good: 'good', warn: 'look', bad: 'act' } as const

/** What was checked: what needs an act comes first and says what to do. */
export function findingsView(findings: readonly Finding[]): Html {
  return html`
<section class="card" aria-labelledby="checks"><h2 id="checks">Checks</h2>
<ul class="advice">${findings.map(
    ({ name, state, text }) => html`
  <li data-state="${state}"><span class="tag ${state}">${words[state]}</span> <strong>${name}</strong>: ${withTimes(text)}</li>`,
  )}
</ul></section>`
}

/** A text whose instants are shown as on the rest of the page. */
function withTimes(text: string): Html {
  return html`${text
    .split(/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/)
    .map((part, index) => (index % 2 === 0 ? part : html`${instant(Date.parse(part))} UTC`))}`
}
