import { html } from 'hono/html'
import { type CounterName, counterNames, labelsOf } from '../../../instrumentation/counters.ts'
import type { Series } from './counters.ts'
import type { Html } from './layout.ts'

const titles: Readonly<Record<CounterName, string>> = {
  marketing_posts_total: 'Posts',
  billing_checkout_started_total: 'Checkouts',
  billing_payments_total: 'Payments',
}

/** The counters with all their series, including those of plans for sale; the page's script updates them. */
export function countersView(series: readonly Series[], plans: readonly string[]): Html {
  return html`
<dl class="figures">${counterNames.map((name) => {
    const ofContract = labelsOf(name, plans).map((label) => (label === '' ? null : label))
    const found = series.filter((each) => each.name === name).map(({ label }) => label)
    const all = [...new Set([...ofContract, ...found])]
    return all.map((label) => {
      const value = series.find((each) => each.name === name && each.label === label)?.value
      return html`
  <div data-series="${name}:${label ?? ''}" title="${name}"><dt>${titles[name]} <b>${label ?? 'confirmed'}</b></dt><dd>${value ?? '–'}</dd></div>`
    })
  })}
</dl>`
}
