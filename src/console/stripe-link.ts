import { html } from 'hono/html'
import type { Mode } from '../ledger/identity.ts'
import type { Html } from './page.ts'

/** A link to an object in Stripe's dashboard, by its search, which finds every kind; nothing in the emulator. */
export function stripeLink(mode: Mode, id: string): Html {
  if (mode === 'emulator' || id === '') return html``
  const folder = mode === 'live' ? '' : 'test/'
  const url = `https://dashboard.stripe.com/${folder}search?query=${encodeURIComponent(id)}`
  return html`<a href="${url}" rel="noreferrer" aria-label="${id} at Stripe">at Stripe</a>`
}
