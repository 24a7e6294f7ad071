import { html } from 'hono/html'
import type { ConsoleSection, PageContent, PageRequest } from '../page.ts'
import { findingsView } from './trust/findings-view.ts'
import { ledgerView } from './trust/ledger-view.ts'
import { reconcileView } from './trust/reconcile-view.ts'
import { totalsView } from './trust/totals-view.ts'
import { webhooksView } from './trust/webhooks-view.ts'

/** Whether the numbers can be trusted, and what to do where they cannot. */
export const trust: ConsoleSection = {
  path: '/trust',
  name: 'Trust',
  pages: [{ path: '/trust', render: renderTrust }],
  actions: [],
}

async function renderTrust({ use, now }: PageRequest): Promise<PageContent> {
  const read = await use.readTrust()
  return {
    title: 'Trust',
    body: html`
<div data-live="findings">${findingsView(read.findings)}</div>
<div data-live="totals">${totalsView(read)}</div>
<div class="grid" data-live="trust">
${reconcileView(read.reconcile)}
${webhooksView(read)}
${ledgerView(read, use.service, now)}
</div>`,
  }
}
