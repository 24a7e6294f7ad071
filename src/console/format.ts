import { html } from 'hono/html'
import type { Html } from './page.ts'

const whole = new Intl.NumberFormat('en-US')

/** A whole number with separators: `1,234,567`. */
export function number(value: number): string {
  return whole.format(value)
}

/** A share of 1 as a percentage with one decimal; `–` where there is none. */
export function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${(100 * share).toFixed(1)} %`
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** How long ago an instant was, in words, with the instant itself; `never` if there is none. */
export function age(instantMs: number | null, now: number): Html {
  if (instantMs === null) return html`never`
  const iso = new Date(instantMs).toISOString()
  return html`<time datetime="${iso}" title="${iso}">${ageText(now - instantMs)}</time>`
}

/** An instant in UTC, to the second. */
export function instant(instantMs: number): Html {
  const iso = new Date(instantMs).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>`
}

function ageText(ageMs: number): string {
  if (ageMs < minuteMs) return `${Math.max(0, Math.round(ageMs / 1000))} s ago`
  if (ageMs < hourMs) return `${Math.floor(ageMs / minuteMs)} min ago`
  if (ageMs < 2 * dayMs) return `${Math.floor(ageMs / hourMs)} h ago`
  return `${Math.floor(ageMs / dayMs)} days ago`
}
