import { html } from 'hono/html'
import type { ConsoleSection, PageContent, PageRequest } from '../page.ts'
import { countersView } from './overview/counters-view.ts'
import { startCheckout, tryItView } from './overview/try-it.ts'

/** What the business did: the counters, the funnel, money. */
export const overview: ConsoleSection = {
  path: '/',
  name: 'Overview',
  pages: [{ path: '/', render: renderOverview }],
  actions: [{ path: '/try-it', run: startCheckout }],
}

async function renderOverview({ use, viewer }: PageRequest): Promise<PageContent> {
  const { counters } = await use.readLiveState()
  return {
    title: 'Overview',
    body: html`
<div data-live="counters">${countersView(counters, use.service.plans)}</div>
${use.tryIt !== undefined && viewer.canOperate ? tryItView(use.tryIt) : ''}`,
  }
}
