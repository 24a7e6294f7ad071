import { html } from 'hono/html'
import type { Campaign } from '../../marketing/campaigns/store.ts'
import type { ConsoleSection, Html, PageContent, PageRequest } from '../page.ts'
import { pause, postNow, remove, renderDelete, resume } from './campaigns/act.ts'
import { renderCampaign } from './campaigns/campaign.ts'
import { campaignPath, change, create, renderChange, renderNew } from './campaigns/edit.ts'
import { localTime } from './campaigns/runs-view.ts'

/** What is posted, where and when. */
export const campaigns: ConsoleSection = {
  path: '/campaigns',
  name: 'Campaigns',
  pages: [
    { path: '/campaigns', render: renderCampaigns },
    { path: '/campaigns/new', render: renderNew },
    { path: '/campaigns/:id', render: renderCampaign },
    { path: '/campaigns/:id/change', render: renderChange },
    { path: '/campaigns/:id/delete', render: renderDelete },
  ],
  actions: [
    { path: '/campaigns/new', run: create },
    { path: '/campaigns/:id/change', run: change },
    { path: '/campaigns/:id/post', run: postNow },
    { path: '/campaigns/:id/pause', run: pause },
    { path: '/campaigns/:id/resume', run: resume },
    { path: '/campaigns/:id/delete', run: remove },
  ],
}

const pageSize = 50

async function renderCampaigns({ use, query, viewer }: PageRequest): Promise<PageContent> {
  const startingAfter = query.get('after') || undefined
  const { rows, hasMore } = await use.marketing.campaigns.list({ limit: pageSize, startingAfter })
  const last = hasMore ? rows.at(-1) : undefined
  return {
    title: 'Campaigns',
    body: html`
${viewer.canOperate ? html`<p><a class="button primary" href="/campaigns/new">New campaign</a></p>` : ''}
<section class="card" data-live="campaigns">
${rows.length === 0 ? html`<p class="empty">There are no campaigns.</p>` : table(rows)}
${last === undefined ? '' : html`<p><a rel="next" href="/campaigns?after=${encodeURIComponent(last.id)}">Older</a></p>`}
</section>`,
  }
}

function table(rows: readonly Campaign[]): Html {
  return html`
<div class="scroll" role="region" aria-label="Campaigns" tabindex="0"><table>
<caption>Newest first <span class="soft">times in each campaign's zone</span></caption>
<thead><tr><th scope="col">Name</th><th scope="col">Next run</th><th scope="col">Channel</th><th scope="col">Pattern</th>
<th scope="col" class="number">Texts</th></tr></thead>
<tbody>${rows.map(
    (campaign) => html`
<tr><th scope="row"><a id="${campaign.id}" href="${campaignPath(campaign.id)}">${campaign.name}</a></th><td>${nextRun(campaign)}</td>
<td>${campaign.channel}</td><td><code>${campaign.cron}</code></td><td class="number">${campaign.messages.length}</td></tr>`,
  )}</tbody></table></div>`
}

function nextRun({ isPaused, nextSlotAt, timeZone }: Campaign): Html {
  if (isPaused) return html`<span class="tag warn">paused</span>`
  return nextSlotAt === null ? html`none` : localTime(nextSlotAt, timeZone)
}
