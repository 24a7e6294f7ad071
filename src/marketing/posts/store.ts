import type { Kysely, SelectQueryBuilder } from 'kysely'
import { type PostState, postStates } from '../../database/post-state.ts'
import type { NewPostRow, PostRow, Schema } from '../../database/schema.ts'
import { AppError } from '../../errors.ts'

/** Posts that are not finished, by state. */
export interface OpenPosts {
  readonly due: number
  readonly sending: number
  readonly unknown: number
}

export type PostStore = ReturnType<typeof createPostStore>

export function createPostStore(queries: Kysely<Schema>) {
  const find = (id: string): Promise<PostRow | undefined> =>
    queries.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirst()

  /** Throws `not_found`, also for a post of another campaign. */
  const getOf = async (campaignId: string, id: string): Promise<PostRow> => {
    const post = await find(id)
    if (post?.campaign_id === campaignId) return post
    throw new AppError('not_found', `the campaign ${campaignId} has no post "${id}"`)
  }

  return {
    find,
    getOf,
    /** A campaign's posts by their scheduled instant. */
    list: async (
      campaignId: string,
      { limit, startingAfter }: PageRequest,
    ): Promise<Page<PostRow>> => {
      const after = startingAfter === undefined ? undefined : await getOf(campaignId, startingAfter)
      const rows = await newestAfter(queries, campaignId, after)
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit)
    },
    /** The posts of all campaigns, by their scheduled instant. Throws `not_found` for an unknown `startingAfter`. */
    listAll: async (filter: PostFilter, request: PageRequest): Promise<Page<PostRow>> => {
      const { limit, startingAfter } = request
      const after = startingAfter === undefined ? undefined : await find(startingAfter)
      if (startingAfter !== undefined && after === undefined)
        throw new AppError('not_found', 'cursor: use the next_cursor of a page, unchanged')
      return toPage(await newestOfStates(queries, filter, after, limit + 1), limit)
    },
    countByState: (filter: Omit<PostFilter, 'state'>, countMax: number) =>
      countByState(queries, filter, countMax),
    /** Creates the posts of slots; returns how many are new. */
    insert: async (database: Kysely<Schema>, rows: readonly NewPostRow[]): Promise<number> => {
      if (rows.length === 0) return 0
      const { numInsertedOrUpdatedRows } = await database
        .insertInto('posts')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['campaign_id', 'slot_key']).doNothing())
        .executeTakeFirstOrThrow()
      return Number(numInsertedOrUpdatedRows)
    },
    countOpen: async (): Promise<OpenPosts> => {
      const rows = await queries
        .selectFrom('posts')
        .select((select) => ['state', select.fn.countAll<number>().as('count')])
        .where('state', 'in', ['due', 'sending', 'unknown'])
        .groupBy('state')
        .execute()
      const counts = Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]))
      return { due: 0, sending: 0, unknown: 0, ...counts }
    },
  }
}

/** How many posts there are in each state, counted up to `countMax`. */
async function countByState(
  queries: Kysely<Schema>,
  filter: Omit<PostFilter, 'state'>,
  countMax: number,
): Promise<ReadonlyMap<PostState, number>> {
  const counts = new Map<PostState, number>()
  for (const state of postStates) {
    const some = matching(queries.selectFrom('posts').select('id'), filter)
      .where('state', '=', state)
      .limit(countMax)
    const row = await queries
      .selectFrom(some.as('some'))
      .select((select) => select.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    counts.set(state, Number(row.count))
  }
  return counts
}

/** At least `rowsMax` if there are that many. Each state is one range of an index, whose newest rows are merged here. */
async function newestOfStates(
  queries: Kysely<Schema>,
  { state = postStates, ...filter }: PostFilter,
  after: PostRow | undefined,
  rowsMax: number,
): Promise<readonly PostRow[]> {
  const rows: PostRow[] = []
  for (const one of new Set(state)) {
    const query = matching(newest(queries, after), filter).where('state', '=', one)
    rows.push(...(await query.limit(rowsMax).execute()))
  }
  return rows.toSorted(byNewest)
}

function matching<Row>(
  query: SelectQueryBuilder<Schema, 'posts', Row>,
  { channel, campaign }: Omit<PostFilter, 'state'>,
): SelectQueryBuilder<Schema, 'posts', Row> {
  return query
    .$if(channel !== undefined, (some) => some.where('channel', '=', channel ?? ''))
    .$if(campaign !== undefined, (some) => some.where('campaign_id', '=', campaign ?? ''))
}

function byNewest(one: PostRow, other: PostRow): number {
  return other.scheduled_at - one.scheduled_at || (one.id < other.id ? 1 : -1)
}

function newestAfter(queries: Kysely<Schema>, campaignId: string, after: PostRow | undefined) {
  return newest(queries, after).where('campaign_id', '=', campaignId)
}

function newest(queries: Kysely<Schema>, after: PostRow | undefined) {
  return queries
    .selectFrom('posts')
    .selectAll()
    .$if(after !== undefined, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('scheduled_at', 'id'), '<', tuple(after?.scheduled_at ?? 0, after?.id ?? '')),
      ),
    )
    .orderBy('scheduled_at', 'desc')
    .orderBy('id', 'desc')
}

/** Which posts to list; all of them without any. */
export interface PostFilter {
  readonly state?: readonly PostState[] | undefined
  readonly channel?: string | undefined
  /** A campaign's id. */
  readonly campaign?: string | undefined
}

/** Part of a list, newest first. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly hasMore: boolean
}

export interface PageRequest {
  readonly limit: number
  /** The id of the last post of the previous page. */
  readonly startingAfter: string | undefined
}

/** Makes a page of rows that were selected with one more than the limit. */
export function toPage<Row>(rows: readonly Row[], limit: number): Page<Row> {
  return {
    rows: rows.slice(0, limit),
    hasMore: rows.length > limit,
  }
}
