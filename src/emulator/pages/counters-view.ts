import { html } from 'hono/html'
import type { Series } from './counters.ts'
import type { Html } from './layout.ts'

const groups = [
  { name: 'marketing_posts_total', title: 'Posts', labels: [null] },
  {
    name: 'billing_checkout_started_total',
    title: 'Checkouts started',
    labels: ['starter', 'professional', 'enterprise'],
  },
  {
    name: 'billing_payments_total',
    title: 'Payments',
    labels: ['success', 'failed', 'refunded'],
  },
] as const

/** The three counters with all their series; the page's script keeps them fresh. */
export function countersView(series: readonly Series[]): Html {
  return html`
<div class="counters">${groups.map(({ name, title, labels }) => {
    const found = series.filter((each) => each.name === name).map(({ label }) => label)
    const all = [...new Set<string | null>([...labels, ...found])]
    return html`
  <div class="card counter">
    <h3>${title}</h3><code class="soft">${name}</code>
    <dl>${all.map((label) => {
      const value = series.find((each) => each.name === name && each.label === label)?.value
      return html`
      <div data-series="${name}:${label ?? ''}"><dt>${label ?? 'confirmed'}</dt><dd>${value ?? '–'}</dd></div>`
    })}
    </dl>
  </div>`
  })}
</div>`
}
