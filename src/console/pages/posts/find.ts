import type { PostRow } from '../../../database/schema.ts'
import type { ConsoleUseCases } from '../../use-cases.ts'
import { type PostState, readState, stateWords } from './words.ts'

const pageSize = 50
/** A count of more posts than this takes long, and is shown as "1,000+". */
export const countMax = 1_000

/** The filters of the URL. */
export interface PostQuery {
  readonly state: PostState | undefined
  readonly channel: string | undefined
  readonly campaign: string | undefined
  /** The id of the last post of the previous page. */
  readonly after: string | undefined
}

export function readPostQuery(query: URLSearchParams): PostQuery {
  return {
    state: readState(query.get('state')),
    channel: query.get('channel') || undefined,
    campaign: query.get('campaign') || undefined,
    after: query.get('after') || undefined,
  }
}

/** The path of the list with these filters. */
export function postsPath(query: Partial<PostQuery>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value)
  return given.size === 0 ? '/posts' : `/posts?${given}`
}

export interface FoundPosts {
  readonly posts: readonly PostRow[]
  /** The id to continue after. */
  readonly next: string | undefined
}

/** The unknown ones, which need somebody, and the others; each is undefined if the filter leaves it out. */
export async function findPosts(
  { posts }: ConsoleUseCases['marketing'],
  { state, after, ...filter }: PostQuery,
): Promise<{ readonly unknown: FoundPosts | undefined; readonly others: FoundPosts | undefined }> {
  const read = async (states: readonly PostState[], startingAfter: string | undefined) => {
    const request = { limit: pageSize, startingAfter }
    const { rows, hasMore } = await posts.listAll({ ...filter, state: states }, request)
    return { posts: rows, next: hasMore ? rows.at(-1)?.id : undefined }
  }
  if (state === 'unknown') return { unknown: await read(['unknown'], after), others: undefined }
  if (state !== undefined) return { unknown: undefined, others: await read([state], after) }
  const known = statesInOrder.filter((one) => one !== 'unknown')
  return {
    unknown: after === undefined ? await read(['unknown'], undefined) : undefined,
    others: await read(known, after),
  }
}

export const statesInOrder: readonly PostState[] = Object.keys(stateWords).flatMap(
  (name) => readState(name) ?? [],
)
