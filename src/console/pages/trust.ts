import { html } from 'hono/html'
import type { ConsoleSection, PageContent, PageRequest } from '../page.ts'

/** Whether the numbers can be trusted, and what to do where they cannot. */
export const trust: ConsoleSection = {
  path: '/trust',
  name: 'Trust',
  pages: [{ path: '/trust', render: renderTrust }],
  actions: [],
}

async function renderTrust({ use }: PageRequest): Promise<PageContent> {
  const { findings } = await use.readTrust()
  return {
    title: 'Trust',
    body: html`
<section class="card" data-live="findings"><h2>Checks</h2>
<ul class="advice">${findings.map(
      ({ name, isWell, text }) => html`
  <li><strong>${name}</strong> <span class="tag ${isWell ? 'good' : 'bad'}">${isWell ? 'well' : 'act'}</span> ${text}</li>`,
    )}
</ul></section>`,
  }
}
