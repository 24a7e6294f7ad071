import { html } from 'hono/html'
import type { Finding } from '../../../health/trust.ts'
import type { Html } from '../../page.ts'

const words = { good: 'good', warn: 'look', bad: 'act' } as const

/** What was checked: what needs an act comes first and says what to do. */
export function findingsView(findings: readonly Finding[]): Html {
  return html`
<section class="card" aria-labelledby="checks"><h2 id="checks">Checks</h2>
<ul class="advice">${findings.map(
    ({ name, state, text }) => html`
  <li data-state="${state}"><span class="tag ${state}">${words[state]}</span> <strong>${name}</strong>: ${text}</li>`,
  )}
</ul></section>`
}
