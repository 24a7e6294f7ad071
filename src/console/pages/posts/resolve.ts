import { AppError, messageOf } from '../../../errors.ts'
import type { ActionOutcome, ActionRequest } from '../../page.ts'
import { postPath } from './table.ts'
import { pressedByEnter } from './words.ts'

type Resolution = 'sent' | 'failed'

const words: Readonly<Record<Resolution, string>> = {
  sent: 'as sent, and counted',
  failed: 'as not sent',
}

/** Records what became of one unknown post. Throws like the API. */
export async function resolveOne(request: ActionRequest): Promise<ActionOutcome> {
  const { params, form } = request
  const { id = '' } = params
  const as = readResolution(form)
  await resolve(request, id, as)
  const back = form.get('back')
  return {
    to: back === null ? postPath(id) : listPath(back),
    notice: `The post is recorded ${words[as]}.`,
  }
}

/** Records what became of each ticked post; one that cannot be resolved does not hold up the others. */
export async function resolveSelected(request: ActionRequest): Promise<ActionOutcome> {
  const { form } = request
  const to = listPath(form.get('back') ?? '')
  if (form.get('as') === pressedByEnter)
    return { to, notice: 'Nothing is changed: tick posts, then press one of the two buttons.' }
  const as = readResolution(form)
  const ids = [...new Set(form.getAll('post'))]
  const problems: string[] = []
  for (const id of ids)
    await resolve(request, id, as).catch((cause: unknown) => {
      if (!(cause instanceof AppError)) throw cause
      problems.push(messageOf(cause))
    })
  const done = ids.length - problems.length
  const parts = [
    ids.length === 0 ? 'Nothing was selected: tick the posts first.' : countText(done, words[as]),
    ...(problems.length === 0 ? [] : [`${problems.length} could not be resolved: ${problems[0]}.`]),
  ]
  return { to, notice: parts.join(' ') }
}

function countText(count: number, done: string): string {
  return count === 1 ? `1 post is recorded ${done}.` : `${count} posts are recorded ${done}.`
}

async function resolve(
  { use: { marketing } }: ActionRequest,
  id: string,
  as: Resolution,
): Promise<void> {
  const post = await marketing.posts.find(id)
  if (post === undefined) throw new AppError('not_found', `there is no post "${id}"`)
  await marketing.resolve(post.campaign_id, id, as)
}

function readResolution(form: URLSearchParams): Resolution {
  const as = form.get('as')
  if (as === 'sent' || as === 'failed') return as
  throw new AppError('invalid_request', 'as: give sent or failed')
}

/** The list again, with the filters that it had. */
function listPath(query: string): string {
  const filters = new URLSearchParams(query)
  return filters.size === 0 ? '/posts' : `/posts?${filters}`
}
