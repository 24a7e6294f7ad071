import { html } from 'hono/html'
import { formatMoney } from '../../../money/format-money.ts'
import { number, percent } from '../../format.ts'
import type { Html } from '../../page.ts'
import { type Funnel, type Stage, stages } from './funnel.ts'

export interface Compared {
  readonly funnel: Funnel
  readonly before: Funnel
  /** The period before, in words. */
  readonly beforeName: string
}

export const stageNames: Readonly<Record<Stage, string>> = {
  started: 'Checkouts started',
  success: 'Payments succeeded',
  failed: 'Attempts failed',
  refunded: 'Refunded',
}

/** The stages of the funnel and its rates, each with the period before. */
export function figuresView({ funnel, before, beforeName }: Compared): Html {
  return html`
<dl class="figures">${stages.map(
    (stage) => html`
  <div><dt>${stageNames[stage]}</dt><dd>${number(funnel.counts[stage])}
    <small>${changeOf(funnel.counts[stage], before.counts[stage])}</small></dd></div>`,
  )}
  <div><dt>Success rate</dt><dd>${percent(funnel.successRate)}
    <small>${percent(before.successRate)} before</small></dd></div>
  <div><dt>Refund rate</dt><dd>${percent(funnel.refundRate)}
    <small>${percent(before.refundRate)} before</small></dd></div>
</dl>
<p class="soft">Small figures compare with ${beforeName}. Success rate: successes of all attempts. Refund rate: refunds for
each success. Hours and days are in UTC.</p>`
}

/** Money by currency: paid, refunded and net. */
export function moneyView({ funnel, before }: Compared): Html {
  const currencies = [...new Set([...funnel.money.keys(), ...before.money.keys()])].toSorted()
  const nothing = { paidMinor: 0, refundedMinor: 0 }
  return html`
<section class="card" aria-label="Money"><div class="scroll" tabindex="0" role="region" aria-label="Money by currency"><table>
<caption>Money by currency</caption>
<thead><tr><th scope="col">Currency</th><th scope="col" class="number">Paid</th>
  <th scope="col" class="number">Refunded</th><th scope="col" class="number">Net</th>
  <th scope="col" class="number">Net before</th></tr></thead>
<tbody>${currencies.map((currency) => {
    const { paidMinor, refundedMinor } = funnel.money.get(currency) ?? nothing
    const former = before.money.get(currency) ?? nothing
    return html`
  <tr><th scope="row">${currency.toUpperCase()}</th>
    <td class="number">${formatMoney(paidMinor, currency)}</td>
    <td class="number">${formatMoney(refundedMinor, currency)}</td>
    <td class="number"><strong>${formatMoney(paidMinor - refundedMinor, currency)}</strong></td>
    <td class="number">${formatMoney(former.paidMinor - former.refundedMinor, currency)}</td></tr>`
  })}${currencies.length === 0 ? html`<tr><td colspan="5" class="empty">No payment in this period.</td></tr>` : ''}
</tbody></table></div></section>`
}

/** Checkouts started by plan, with their share. */
export function plansView({ funnel, before }: Compared, plans: readonly string[]): Html {
  const all = [...new Set([...plans, ...funnel.plans.keys()])]
  return html`
<section class="card" aria-label="Plans"><div class="scroll" tabindex="0" role="region" aria-label="Checkouts by plan"><table>
<caption>Checkouts by plan</caption>
<thead><tr><th scope="col">Plan</th><th scope="col" class="number">Started</th>
  <th scope="col" class="number">Share</th><th scope="col" class="number">Before</th></tr></thead>
<tbody>${all.map((plan) => {
    const count = funnel.plans.get(plan) ?? 0
    const share = funnel.counts.started === 0 ? undefined : count / funnel.counts.started
    return html`
  <tr><th scope="row">${plan}</th><td class="number">${number(count)}</td>
    <td class="number">${percent(share)}</td>
    <td class="number">${number(before.plans.get(plan) ?? 0)}</td></tr>`
  })}
</tbody></table></div></section>`
}

/** `+12.5 % from 8`; in words where there is nothing to divide by. */
function changeOf(count: number, before: number): string {
  if (before === 0) return 'none before'
  const change = percent(count / before - 1)
  return `${count >= before ? '+' : ''}${change} from ${number(before)}`
}
