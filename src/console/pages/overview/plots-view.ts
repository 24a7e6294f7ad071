import { html } from 'hono/html'
import type { StatsRange, StatsSeries } from '../../../ledger/read/stats.ts'
import { formatMoney, minorDigitsOf } from '../../../money/format-money.ts'
import { number } from '../../format.ts'
import type { Html } from '../../page.ts'
import { countsOf, netOf, stages } from './funnel.ts'
import { stageNames } from './funnel-view.ts'

interface Plot {
  readonly id: string
  readonly title: string
  readonly lines: readonly PlottedLine[]
}

interface PlottedLine {
  readonly name: string
  /** A colour of the style, without `--`. */
  readonly colour: string
  readonly values: readonly number[]
  readonly texts: readonly string[]
}

const colours = { started: 'plot-1', success: 'good', failed: 'bad', refunded: 'warn' } as const

/** The funnel, and the net money of each currency, each also as a table. */
export function plotsView(
  series: readonly StatsSeries[],
  range: StatsRange,
  currencies: readonly string[],
): Html {
  const length = Math.ceil((range.to - range.from) / range.intervalMs)
  const fill = (values: readonly number[]) => Array.from({ length }, (_, at) => values[at] ?? 0)
  const funnel: Plot = {
    id: 'funnel',
    title: 'Funnel',
    lines: stages.map((stage) => {
      const values = fill(countsOf(series, stage))
      return { name: stageNames[stage], colour: colours[stage], values, texts: values.map(number) }
    }),
  }
  const money = currencies.map((currency): Plot => {
    const amounts = fill(netOf(series, currency))
    const values = amounts.map((amount) => amount / 10 ** minorDigitsOf(currency))
    const texts = amounts.map((amount) => formatMoney(amount, currency))
    const name = `Net, ${currency.toUpperCase()}`
    return { id: `net-${currency}`, title: name, lines: [{ name, colour: 'good', values, texts }] }
  })
  return html`${[funnel, ...money].map((plot) => plotView(plot, range))}`
}

function plotView({ id, title, lines }: Plot, { from, to, intervalMs }: StatsRange): Html {
  const starts = Array.from(
    { length: Math.ceil((to - from) / intervalMs) },
    (_, at) => from + at * intervalMs,
  )
  const data = {
    seconds: starts.map((start) => start / 1000),
    lines: lines.map(({ name, colour, values }) => ({ name, colour, values })),
  }
  return html`
<section class="card" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
<div class="plot" aria-hidden="true" data-plot="${JSON.stringify(data)}"></div>
<details id="${id}-numbers"><summary>${title} as a table</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${title} as a table"><table>
<caption class="hidden">${title} by interval, the latest first</caption>
<thead><tr><th scope="col">From (UTC)</th>${lines.map(
    ({ name }) => html`<th scope="col" class="number">${name}</th>`,
  )}</tr></thead>
<tbody>${starts
    .map((start, at) => ({ start, texts: lines.map(({ texts }) => texts[at] ?? '') }))
    .toReversed()
    .map(
      ({ start, texts }) => html`
  <tr><th scope="row">${timeOf(start, intervalMs)}</th>${texts.map(
    (text) => html`<td class="number">${text}</td>`,
  )}</tr>`,
    )}
</tbody></table></div></details></section>`
}

function timeOf(startMs: number, intervalMs: number): string {
  const iso = new Date(startMs).toISOString()
  return intervalMs < 86_400_000 ? iso.slice(0, 16).replace('T', ' ') : iso.slice(0, 10)
}
