import { html } from 'hono/html'
import type { ConsoleSection, Html, PageContent, PageRequest } from '../page.ts'
import { postFilterForm, stateLinks } from './posts/filter-view.ts'
import {
  countMax,
  type FoundPosts,
  findPosts,
  type PostQuery,
  postsPath,
  readPostQuery,
} from './posts/find.ts'
import { renderPost } from './posts/post.ts'
import { resolveOne, resolveSelected } from './posts/resolve.ts'
import { type CampaignNames, postTable, unknownTable } from './posts/table.ts'

/** The posts of all campaigns, also of deleted ones. */
export const posts: ConsoleSection = {
  path: '/posts',
  name: 'Posts',
  waiting: { of: ({ unknownPostCount }) => unknownPostCount, name: 'unknown' },
  pages: [
    { path: '/posts', render: renderPosts },
    { path: '/posts/:id', render: renderPost },
  ],
  actions: [
    { path: '/posts/resolve', run: resolveSelected },
    { path: '/posts/:id/resolve', run: resolveOne },
  ],
}

const campaignsListed = 100

async function renderPosts({ use, query, viewer }: PageRequest): Promise<PageContent> {
  const { marketing, service } = use
  const asked = readPostQuery(query)
  const [{ unknown, others }, counts, choices] = await Promise.all([
    findPosts(marketing, asked),
    marketing.posts.countByState({ channel: asked.channel, campaign: asked.campaign }, countMax),
    marketing.campaigns.list({ limit: campaignsListed, startingAfter: undefined }),
  ])
  const shown = [...(unknown?.posts ?? []), ...(others?.posts ?? [])]
  const names = await marketing.campaigns.readNames([
    ...new Set(shown.map((post) => post.campaign_id)),
  ])
  const form = { canOperate: viewer.canOperate, back: query.toString() }
  return {
    title: 'Posts',
    body: html`
${stateLinks(asked, counts)}
${postFilterForm(asked, service.channels, choices.rows)}
${unknown === undefined ? '' : unknownCard(unknown, names, form, asked)}
${others === undefined ? '' : othersCard(others, names, asked)}`,
  }
}

function unknownCard(
  { posts: found, next }: FoundPosts,
  names: CampaignNames,
  form: Parameters<typeof unknownTable>[2],
  asked: PostQuery,
): Html {
  if (found.length === 0 && asked.state === undefined) return html`<div data-live="unknown"></div>`
  return html`
<section class="card" aria-labelledby="unknown" data-live="unknown"><h2 id="unknown">Unknown</h2>
${
  found.length === 0
    ? html`<p class="empty">There are no unknown posts.</p>`
    : html`<p class="soft">No confirmation came back, so these are not counted and never sent again. Look at the channel, then say
what you found. One that you called not sent can still be called sent later.</p>
${unknownTable(found, names, form)}`
}
${next === undefined ? '' : html`<p><a rel="next" href="${postsPath({ ...asked, state: 'unknown', after: next })}">Older unknown posts</a></p>`}
</section>`
}

function othersCard(
  { posts: found, next }: FoundPosts,
  names: CampaignNames,
  asked: PostQuery,
): Html {
  return html`
<section class="card" data-live="posts">
${postTable(found, names)}
${next === undefined ? '' : html`<p><a rel="next" href="${postsPath({ ...asked, after: next })}">Older posts</a></p>`}
</section>`
}
