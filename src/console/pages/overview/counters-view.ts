import { html } from 'hono/html'
import {
  counterNames,
  counters,
  labelsOf,
  seriesNameOf,
} from '../../../../instrumentation/counters.ts'
import { number } from '../../format.ts'
import type { LiveCounter } from '../../live/updates.ts'
import type { Html } from '../../page.ts'

/** All series of the contract with their committed totals. */
export function countersView(totals: readonly LiveCounter[], plans: readonly string[]): Html {
  const series = counterNames.flatMap((name) =>
    labelsOf(name, plans).map((label) => ({ name, label })),
  )
  return html`
<h2 class="hidden" id="counters">Counters</h2>
<dl class="figures" aria-labelledby="counters">${series.map(({ name, label }) => {
    const found = totals.find((one) => one.counter === name && one.label === label)
    return html`
  <div>
    <dt title="${seriesNameOf(name, label)}">${nameOf(counters[name].attribute, label)}</dt>
    <dd><a href="/facts?counter=${name}&label=${encodeURIComponent(label)}" data-series="${seriesNameOf(name, label)}">${number(found?.total ?? 0)}</a></dd>
  </div>`
  })}
</dl>`
}

/** What a counter counts, and the value of its attribute. */
function nameOf(attribute: string | null, label: string): Html {
  if (attribute === null) return html`Posts <b>sent</b>`
  return attribute === 'plan' ? html`Checkouts <b>${label}</b>` : html`Payments <b>${label}</b>`
}
