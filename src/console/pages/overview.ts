import { html } from 'hono/html'
import type { ConsoleSection, Html, PageContent, PageRequest } from '../page.ts'
import { countersView } from './overview/counters-view.ts'
import { type Funnel, funnelOf } from './overview/funnel.ts'
import { figuresView, moneyView, plansView } from './overview/funnel-view.ts'
import { type PeriodName, periods, rangesOf, readPeriod } from './overview/period.ts'
import { plotsView } from './overview/plots-view.ts'
import { startCheckout, tryItView } from './overview/try-it.ts'

/** What the business did: the counters, the funnel, money. */
export const overview: ConsoleSection = {
  path: '/',
  name: 'Overview',
  pages: [{ path: '/', render: renderOverview }],
  actions: [{ path: '/try-it', run: startCheckout }],
}

async function renderOverview({ use, viewer, query, now }: PageRequest): Promise<PageContent> {
  const { plans } = use.service
  const period = readPeriod(query)
  const ranges = rangesOf(period, now)
  const { counters } = await use.readLiveState()
  const series = await use.readStats(ranges.range)
  const funnel = funnelOf(series)
  const before = funnelOf(await use.readStats(ranges.before))
  const compared = { funnel, before, beforeName: periods[period].before }
  return {
    title: 'Overview',
    hasPlots: true,
    body: html`
<div data-live="counters">${countersView(counters, plans)}</div>
${use.tryIt !== undefined && viewer.canOperate ? tryItView(use.tryIt) : ''}
<h2 id="period">Funnel and money</h2>
${tabsView(period)}
<div data-live="figures">${figuresView(compared)}</div>
<div class="grid plots" data-live="plots">${plotsView(series, ranges.range, mainCurrencies(funnel))}</div>
<div class="grid" data-live="tables">${moneyView(compared)}${plansView(compared, plans)}</div>`,
  }
}

function tabsView(chosen: PeriodName): Html {
  return html`
<nav aria-labelledby="period"><ul class="tabs">${Object.entries(periods).map(([value, { name }]) =>
    value === chosen
      ? html`<li><a href="/?period=${value}" aria-current="true">${name}</a></li>`
      : html`<li><a href="/?period=${value}">${name}</a></li>`,
  )}</ul></nav>`
}

const plottedCurrenciesMax = 3

/** The currencies with payments, for plots; the table has them all. */
function mainCurrencies({ money }: Funnel): readonly string[] {
  return [...money.keys()].toSorted().slice(0, plottedCurrenciesMax)
}
