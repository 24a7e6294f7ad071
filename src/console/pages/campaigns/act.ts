import { html } from 'hono/html'
import type { PostRow } from '../../../database/schema.ts'
import type { ActionOutcome, ActionRequest, PageContent, PageRequest } from '../../page.ts'
import { postPath } from '../posts/table.ts'
import { reasonText, stateWords } from '../posts/words.ts'
import { campaignPath, readCampaign, requireOperate } from './edit.ts'

/** Posts the next text and leads to the post. The form's own key makes a second press post nothing more. */
export async function postNow({
  use,
  viewer,
  params,
  form,
}: ActionRequest): Promise<ActionOutcome> {
  const { id = '' } = params
  const once = form.get('once')
  const key = once === null ? undefined : `${viewer.keyId}\nconsole ${once}`
  const { post, isNew } = await use.marketing.postNow(id, key)
  const outcome = outcomeText(post)
  return { to: postPath(post.id), notice: isNew ? outcome : `This was posted before. ${outcome}` }
}

function outcomeText(post: PostRow): string {
  const { name, meaning } = stateWords[post.state]
  const reason = reasonText(post)
  return `${name}. ${meaning}${reason === '' ? '' : ` ${reason}.`}`
}

export async function pause({ use, params }: ActionRequest): Promise<ActionOutcome> {
  const { id = '' } = params
  const { name } = await use.marketing.change(id, { isPaused: true })
  return { to: campaignPath(id), notice: `${name} is paused. What still waited is withdrawn.` }
}

export async function resume({ use, params }: ActionRequest): Promise<ActionOutcome> {
  const { id = '' } = params
  const { name } = await use.marketing.change(id, { isPaused: false })
  return { to: campaignPath(id), notice: `${name} is resumed. It posts from its next run on.` }
}

/** Asks whether a campaign shall be deleted. */
export async function renderDelete(request: PageRequest): Promise<PageContent> {
  requireOperate(request)
  const { id, name } = await readCampaign(request)
  return {
    title: `Delete ${name}?`,
    body: html`
<section class="card">
<p>It has no more runs, and what still waits is withdrawn. Its posts and what they counted stay. It cannot be undone;
a campaign that is paused can be resumed.</p>
<form class="buttons" method="post" action="${campaignPath(id)}/delete">
<button class="danger">Delete the campaign</button><a class="button" href="${campaignPath(id)}">Keep it</a>
</form>
</section>`,
  }
}

export async function remove(request: ActionRequest): Promise<ActionOutcome> {
  const { id, name } = await readCampaign(request)
  await request.use.marketing.remove(id)
  return { to: '/campaigns', notice: `${name} is deleted.` }
}
