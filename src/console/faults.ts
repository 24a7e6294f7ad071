import { html } from 'hono/html'
import type { Html } from './page.ts'

/** What is wrong with the fields of a form, by the id of each. */
export type Faults = ReadonlyMap<string, string>

export const noFaults: Faults = new Map()

/** A field of a form: its id, and what it is called there. */
export type NamedField = readonly [id: string, label: string]

/** All faults of a form above it, in the order of its fields, each with a link to its field. It is read out at once. */
export function faultSummary(faults: Faults, fields: readonly NamedField[]): Html {
  const wrong = fields.filter(([id]) => faults.has(id))
  if (wrong.length === 0) return html``
  return html`
<div class="problem" role="alert"><p>${wrong.length === 1 ? 'One field has to be put right:' : `${wrong.length} fields have to be put right:`}</p>
<ul>${wrong.map(([id, label]) => html`<li><a href="#${id}">${label}</a>: ${faults.get(id)}</li>`)}</ul></div>`
}

/** The attributes of a field: what describes it, and whether it is wrong. A browser gives the first wrong one the focus. */
export function fieldAttributes(id: string, faults: Faults, helpId?: string): Html {
  const isWrong = faults.has(id)
  const describing = [
    ...(isWrong ? [`${id}-fault`] : []),
    ...(helpId === undefined ? [] : [helpId]),
  ]
  return html`${describing.length === 0 ? '' : html` aria-describedby="${describing.join(' ')}"`}${isWrong ? html` aria-invalid="true" autofocus` : ''}`
}

/** What is wrong with a field, below it. */
export function faultText(id: string, faults: Faults): Html {
  const text = faults.get(id)
  return text === undefined ? html`` : html`<p class="fault" id="${id}-fault">${text}</p>`
}
