import { randomUUID } from 'node:crypto'
import { html } from 'hono/html'
import { AppError } from '../../../errors.ts'
import type { Campaign } from '../../../marketing/campaigns/store.ts'
import { instant } from '../../format.ts'
import type { Html, PageContent, PageRequest } from '../../page.ts'
import { postsPath } from '../posts/find.ts'
import { postTable } from '../posts/table.ts'
import { campaignPath, readCampaign } from './edit.ts'
import { runsView } from './runs-view.ts'

const runCount = 5
const postCount = 5

/** One campaign: its texts, its next runs, and its latest posts. */
export async function renderCampaign(request: PageRequest): Promise<PageContent> {
  const { use, viewer, now } = request
  const { marketing } = use
  const campaign = await readCampaign(request)
  const { id, name } = campaign
  const [{ rows }, runs] = await Promise.all([
    marketing.posts.list(id, { limit: postCount, startingAfter: undefined }),
    nextRunsOf(request, campaign, now),
  ])
  return {
    title: name,
    body: html`
${viewer.canOperate ? actions(campaign) : ''}
<div class="grid">
<section class="card" aria-labelledby="runs" data-live="runs"><h2 id="runs">Next runs${campaign.isPaused ? html` <span class="tag warn">paused</span>` : ''}</h2>
${runs}</section>
<section class="card" aria-labelledby="about"><h2 id="about">Campaign</h2>
<dl class="details">
<div><dt>Channel</dt><dd>${channelView(campaign, use.service.channels)}</dd></div>
<div><dt>When</dt><dd><code>${campaign.cron}</code> in ${campaign.timeZone}</dd></div>
<div><dt>Created</dt><dd>${instant(campaign.createdAt)} UTC</dd></div>
<div><dt>Changed</dt><dd>${instant(campaign.updatedAt)} UTC</dd></div>
<div><dt>Id</dt><dd><code>${id}</code></dd></div>
</dl></section>
</div>
<section class="card" aria-labelledby="texts"><h2 id="texts">${campaign.messages.length === 1 ? 'Text' : 'Texts, which take turns'}</h2>
${campaign.messages.map((message) => html`<p class="posted">${message}</p>`)}</section>
<section class="card" data-live="posts">
${postTable(rows, new Map([[id, { name, isDeleted: false }]]))}
<p><a href="${postsPath({ campaign: id })}">All posts of this campaign</a></p>
</section>`,
  }
}

async function nextRunsOf({ use }: PageRequest, campaign: Campaign, now: number): Promise<Html> {
  if (campaign.isPaused) return html`<p class="empty">None while it is paused.</p>`
  try {
    return runsView(await use.marketing.nextRuns(campaign, runCount), campaign, now)
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause
    return html`<p class="problem">${cause.message}</p>`
  }
}

function channelView({ channel }: Campaign, channels: readonly string[]): Html {
  return channels.includes(channel)
    ? html`${channel}`
    : html`${channel} <span class="tag bad">not configured</span>`
}

function actions({ id, isPaused }: Campaign): Html {
  const path = campaignPath(id)
  return html`
<form class="buttons" method="post">
<input type="hidden" name="once" value="${randomUUID()}">
<button class="primary" formaction="${path}/post">Post now</button>
<a class="button" href="${path}/change">Change</a>
${isPaused ? html`<button formaction="${path}/resume">Resume</button>` : html`<button formaction="${path}/pause">Pause</button>`}
<a class="button danger" href="${path}/delete">Delete</a>
</form>`
}
