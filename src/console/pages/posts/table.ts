import { html } from 'hono/html'
import type { PostRow } from '../../../database/schema.ts'
import type { CampaignName } from '../../../marketing/campaigns/store.ts'
import { instant, number } from '../../format.ts'
import type { Html } from '../../page.ts'
import { pressedByEnter, reasonText, stateTag } from './words.ts'

export type CampaignNames = ReadonlyMap<string, CampaignName>

/** The path of a post's own page. */
export function postPath(id: string): string {
  return `/posts/${encodeURIComponent(id)}`
}

/** Posts whose outcome is known or still to come. */
export function postTable(posts: readonly PostRow[], names: CampaignNames): Html {
  if (posts.length === 0) return html`<p class="empty">There are no such posts.</p>`
  return html`
<div class="scroll" role="region" aria-label="Posts" tabindex="0"><table>
<caption>Newest first <span class="soft">times in UTC</span></caption>
<thead><tr><th scope="col">Scheduled</th><th scope="col">State</th><th scope="col">Text</th><th scope="col">Campaign</th>
<th scope="col">Channel</th><th scope="col" class="number">Attempts</th><th scope="col">Reason</th></tr></thead>
<tbody>${posts.map(
    (post) => html`
<tr><td>${instant(post.scheduled_at)}</td><td>${stateTag(post.state)}</td>
<td class="text">${textLink(post)}</td><td>${campaignOf(post, names)}</td>
<td>${post.channel}</td><td class="number">${number(post.attempts)}</td><td class="text">${whyOf(post)}</td></tr>`,
  )}</tbody></table></div>`
}

/** Unknown posts, to be resolved one by one, or those that are ticked together. */
export function unknownTable(
  posts: readonly PostRow[],
  names: CampaignNames,
  { canOperate, back }: { readonly canOperate: boolean; readonly back: string },
): Html {
  const table = html`
<div class="scroll" role="region" aria-label="Unknown posts" tabindex="0"><table>
<caption>${number(posts.length)} that may have arrived <span class="soft">times in UTC</span></caption>
<thead><tr>${canOperate ? html`<th scope="col"><span class="hidden">Select</span></th>` : ''}<th scope="col">Scheduled</th>
<th scope="col">Text</th><th scope="col">Campaign</th><th scope="col">Channel</th><th scope="col">Reason</th>
${canOperate ? html`<th scope="col">Was it sent?</th>` : ''}</tr></thead>
<tbody>${posts.map(
    (post) => html`
<tr>${canOperate ? html`<td><input type="checkbox" name="post" value="${post.id}" id="select-${post.id}" aria-label="Select ${labelOf(post)}"></td>` : ''}
<td>${instant(post.scheduled_at)}</td><td class="text">${textLink(post)}</td><td>${campaignOf(post, names)}</td>
<td>${post.channel}</td><td class="text">${whyOf(post)}</td>${canOperate ? html`<td>${buttons(post)}</td>` : ''}</tr>`,
  )}</tbody></table></div>`
  if (!canOperate) return table
  return html`
<form method="post" action="/posts/resolve">
${enterDoesNothing}
<input type="hidden" name="back" value="${back}">
${table}
<p class="buttons bulk"><span>Selected posts were</span>
<button name="as" value="sent">Sent</button><button name="as" value="failed">Not sent</button></p>
</form>`
}

/** Enter in a field presses the first button of its form, in Chromium the first that is not disabled. */
const enterDoesNothing = html`<input type="submit" name="as" value="${pressedByEnter}" hidden>`

/** The text, shortened, as a link to its page. */
function textLink(post: PostRow): Html {
  return html`<a id="${post.id}" href="${postPath(post.id)}">${shortText(post)}</a>`
}

const shortLength = 90

function shortText({ text, message }: PostRow): string {
  const whole = text ?? message ?? 'No text'
  const letters = [...whole]
  return letters.length <= shortLength ? whole : `${letters.slice(0, shortLength).join('')}…`
}

/** The campaign, also of one that is deleted. */
export function campaignOf({ campaign_id: id }: PostRow, names: CampaignNames): Html {
  const campaign = names.get(id)
  if (campaign === undefined) return html`<code>${id}</code>`
  return campaign.isDeleted
    ? html`${campaign.name} <span class="tag">deleted</span>`
    : html`<a href="/campaigns/${encodeURIComponent(id)}">${campaign.name}</a>`
}

function whyOf(post: PostRow): Html {
  const { state, attempts, reason, not_before: notBefore } = post
  if (state !== 'due' || (reason === null && attempts === 0)) return html`${reasonText(post)}`
  return html`${reasonText(post)} <span class="soft">not before ${instant(notBefore)}</span>`
}

function labelOf({ campaign_id: campaign, scheduled_at: at }: PostRow): string {
  return `the post of ${campaign} at ${new Date(at).toISOString()}`
}

function buttons(post: PostRow): Html {
  const path = `${postPath(post.id)}/resolve`
  return html`<span class="pair"><button class="quiet" id="sent-${post.id}" name="as" value="sent" formaction="${path}" aria-label="Sent: ${labelOf(post)}">Sent</button>
<button class="quiet" id="failed-${post.id}" name="as" value="failed" formaction="${path}" aria-label="Not sent: ${labelOf(post)}">Not sent</button></span>`
}
