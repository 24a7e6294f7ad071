import { html } from 'hono/html'
import type { Mode } from '../ledger/identity.ts'
import type { Html } from './page.ts'

/** Pages of Stripe's dashboard by the prefix of an id; its search finds the others. */
const pages: Readonly<Record<string, string>> = {
  pi: 'payments',
  ch: 'payments',
  py: 'payments',
  evt: 'events',
}

/** An id, linked to its object in Stripe's dashboard, in test or live mode; not linked in the emulator. */
export function stripeLink(mode: Mode, id: string): Html {
  const [, prefix] = /^([a-z]+)_(?:test_|live_)?[A-Za-z0-9]+$/.exec(id) ?? []
  if (prefix === undefined || mode === 'emulator' || !isStripe(prefix))
    return html`<code>${id}</code>`
  const page = pages[prefix]
  const path = page === undefined ? `search?query=${id}` : `${page}/${id}`
  const root = `https://dashboard.stripe.com/${mode === 'test' ? 'test/' : ''}`
  return html`<a class="code" href="${root}${path}" rel="noreferrer">${id}</a>`
}

function isStripe(prefix: string): boolean {
  return prefix in pages || ['re', 'pyr', 'cs', 'in', 'sub'].includes(prefix)
}
