import type { Kysely } from 'kysely'
import type { LedgerTime } from '../../database/clock.ts'
import type { PostRow, Schema } from '../../database/schema.ts'
import type { PostStore } from './store.ts'

/** By channel: the instant before which nothing is sent to it, because it asked to wait. */
type Holds = ReadonlyMap<string, number>

/** Adds to a post that waits for its channel until when, and why. */
export type AddHold = (post: PostRow) => Promise<PostRow>

export function createAddHold(queries: Kysely<Schema>, time: LedgerTime): AddHold {
  return async (post) => withHold(post, await readHolds(queries, time))
}

/** The same reads, with the hold of a channel on each of its posts that is `due`. For people; not for sending. */
export function showHolds(
  { list, listAll, getOf, find, countByState }: PostStore,
  queries: Kysely<Schema>,
  time: LedgerTime,
): Pick<PostStore, 'list' | 'listAll' | 'getOf' | 'find' | 'countByState'> {
  const add = createAddHold(queries, time)
  const addToPage = async (page: Awaited<ReturnType<typeof list>>) => {
    const holds = await readHolds(queries, time)
    return { ...page, rows: page.rows.map((post) => withHold(post, holds)) }
  }
  return {
    countByState,
    list: async (campaignId, request) => addToPage(await list(campaignId, request)),
    listAll: async (filter, request) => addToPage(await listAll(filter, request)),
    getOf: async (campaignId, id) => add(await getOf(campaignId, id)),
    find: async (id) => {
      const post = await find(id)
      return post && add(post)
    },
  }
}

async function readHolds(queries: Kysely<Schema>, time: LedgerTime): Promise<Holds> {
  const rows = await queries
    .selectFrom('channels')
    .select(['name', 'not_before'])
    .where('not_before', '>', time.now())
    .execute()
  return new Map(rows.map(({ name, not_before }) => [name, not_before]))
}

function withHold(post: PostRow, holds: Holds): PostRow {
  const heldUntil = holds.get(post.channel)
  if (post.state !== 'due' || heldUntil === undefined) return post
  const { reason, not_before } = post
  return {
    ...post,
    not_before: Math.max(not_before, heldUntil),
    reason: reason === null ? askedToWait : `${reason}; ${askedToWait}`,
  }
}

const askedToWait = 'the channel asked to wait'
