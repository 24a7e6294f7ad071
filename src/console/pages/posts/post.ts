import { html } from 'hono/html'
import type { PostRow } from '../../../database/schema.ts'
import { AppError } from '../../../errors.ts'
import { postKey } from '../../../ledger/fact-key.ts'
import { instant, number } from '../../format.ts'
import type { Html, PageContent, PageRequest } from '../../page.ts'
import { factPath } from '../facts/fact.ts'
import { campaignOf, postPath } from './table.ts'
import { isOpen, reasonText, stateTag, stateWords } from './words.ts'

/** Everything about one post. */
export async function renderPost({ use, params, viewer }: PageRequest): Promise<PageContent> {
  const { marketing } = use
  const { id = '' } = params
  const post = await marketing.posts.find(id)
  if (post === undefined)
    throw new AppError('not_found', 'there is no such post any more: look for it on Posts')
  const names = await marketing.campaigns.readNames([post.campaign_id])
  const key = postKey(post.campaign_id, post.slot_key)
  return {
    title: 'Post',
    body: html`
<section class="card" aria-labelledby="state" data-live="post"><h2 id="state">${stateTag(post.state)}</h2>
<p>${stateWords[post.state].meaning}</p>
${post.reason === null ? '' : html`<p>${reasonText(post)}.</p>`}
${viewer.canOperate && isOpen(post) ? resolveForm(post) : ''}
<dl class="details">
${detail('Campaign', campaignOf(post, names))}
${detail('Channel', html`${post.channel}`)}
${detail('Scheduled', html`${instant(post.scheduled_at)} UTC, ${post.slot_key.startsWith('manual:') ? 'by hand' : 'by its schedule'}`)}
${detail('Created', html`${instant(post.created_at)} UTC`)}
${post.state === 'due' ? detail('Not before', html`${instant(post.not_before)} UTC`) : ''}
${post.finished_at === null ? '' : detail('Finished', html`${instant(post.finished_at)} UTC`)}
${detail('Attempts', html`${number(post.attempts)}`)}
${post.receipt === null ? '' : detail('Receipt', html`<code>${post.receipt}</code>`)}
${post.state === 'sent' ? detail('Fact', html`<a class="code" href="${factPath(key)}">${key}</a>`) : ''}
${detail('Id', html`<code>${post.id}</code>`)}
</dl></section>
${textCard(post)}`,
  }
}

function textCard({ text, message }: PostRow): Html {
  const shown = text ?? message
  return html`
<section class="card" aria-labelledby="text"><h2 id="text">Text</h2>
${
  shown === null
    ? html`<p class="empty">Its slot was missed before a text was chosen.</p>`
    : html`<p class="posted">${shown}</p>
${text === null ? html`<p class="soft">Its prices are filled in when it is sent.</p>` : ''}`
}
</section>`
}

function resolveForm(post: PostRow): Html {
  return html`
<form class="buttons" method="post" action="${postPath(post.id)}/resolve">
<button class="primary" id="as-sent" name="as" value="sent">It was sent</button>
${post.state === 'unknown' ? html`<button id="as-failed" name="as" value="failed">It was not sent</button>` : ''}
</form>`
}

function detail(term: string, description: Html): Html {
  return html`<div><dt>${term}</dt><dd>${description}</dd></div>`
}
