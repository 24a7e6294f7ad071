import type { Kysely } from 'kysely'
import type { PostState } from '../../database/post-state.ts'
import type { Schema } from '../../database/schema.ts'
import { postKey } from '../../ledger/fact-key.ts'
import { sourceOf } from './key.ts'

export interface PrunedPosts {
  /** Deleted, or to be deleted. */
  readonly posts: number
  /** Old manual posts that were not sent: only their row keeps their Idempotency-Key from sending again. */
  readonly keptManual: number
  /** Old posts whose outcome is unknown: an operator may still resolve them. */
  readonly keptUnknown: number
}

interface OldPost {
  readonly id: string
  readonly campaign_id: string
  readonly slot_key: string
  readonly scheduled_at: number
  readonly state: PostState
  readonly not_before: number
  readonly finished_at: number | null
}

/** States that no attempt, schedule or operator changes any more. */
const finalStates: readonly PostState[] = ['sent', 'failed', 'missed']
const openStates: readonly PostState[] = ['due', 'sending', 'unknown']
const rowsPerTransaction = 500

/**
 * Deletes the posts that finished before an instant, in milliseconds, in small transactions; with `isDryRun` it only
 * counts them. A scheduled post is deleted only if its campaign has processed its slot, so that it is never planned
 * again; a manual post only if it was sent and its fact rejects a repeated Idempotency-Key.
 */
export async function prunePosts(
  queries: Kysely<Schema>,
  before: number,
  isDryRun: boolean,
): Promise<PrunedPosts> {
  let posts = 0
  let keptManual = 0
  for (const state of finalStates) {
    let last: OldPost | undefined
    for (;;) {
      const page = await readPage(queries, state, before, last)
      const slotsThrough = await readSlotsThrough(queries, page)
      const old = page.filter((post) => isOver(post, before, slotsThrough.get(post.campaign_id)))
      const prunable = await findPrunable(queries, old)
      keptManual += old.length - prunable.length
      posts += isDryRun ? prunable.length : await deletePosts(queries, prunable, before)
      last = page.at(-1)
      if (page.length < rowsPerTransaction) break
    }
  }
  return { posts, keptManual, keptUnknown: await countUnknown(queries, before) }
}

/** By the index of states, the oldest first. */
function readPage(
  queries: Kysely<Schema>,
  state: PostState,
  before: number,
  last: OldPost | undefined,
): Promise<OldPost[]> {
  return queries
    .selectFrom('posts')
    .select(['id', 'campaign_id', 'slot_key', 'scheduled_at', 'state', 'not_before', 'finished_at'])
    .where('state', '=', state)
    .where('not_before', '<', before)
    .$if(last !== undefined, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('not_before', 'id'), '>', tuple(last?.not_before ?? 0, last?.id ?? '')),
      ),
    )
    .orderBy('not_before')
    .orderBy('id')
    .limit(rowsPerTransaction)
    .execute()
}

/** By the campaign's id: slots up to and including this instant have been processed. */
async function readSlotsThrough(
  queries: Kysely<Schema>,
  posts: readonly OldPost[],
): Promise<ReadonlyMap<string, number>> {
  const ids = [...new Set(posts.map(({ campaign_id: id }) => id))]
  if (ids.length === 0) return new Map()
  const rows = await queries
    .selectFrom('campaigns')
    .select(['id', 'slots_through'])
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map(({ id, slots_through }) => [id, slots_through]))
}

function isOver(
  { finished_at, scheduled_at, slot_key }: OldPost,
  before: number,
  slotsThrough = Number.NEGATIVE_INFINITY,
): boolean {
  return (
    finished_at !== null &&
    finished_at < before &&
    scheduled_at < before &&
    (sourceOf(slot_key) === 'manual' || scheduled_at <= slotsThrough)
  )
}

/** The scheduled ones, and the manual ones that have a fact. */
async function findPrunable(
  queries: Kysely<Schema>,
  posts: readonly OldPost[],
): Promise<readonly OldPost[]> {
  const manual = posts.filter(({ slot_key }) => sourceOf(slot_key) === 'manual')
  if (manual.length === 0) return posts
  const keyOf = (post: OldPost) => postKey(post.campaign_id, post.slot_key)
  const rows = await queries
    .selectFrom('facts')
    .select('key')
    .where('key', 'in', manual.map(keyOf))
    .execute()
  const counted = new Set(rows.map(({ key }) => key))
  return posts.filter((post) => sourceOf(post.slot_key) === 'schedule' || counted.has(keyOf(post)))
}

/** The conditions are checked again, because an operator may have resolved one since. */
async function deletePosts(
  queries: Kysely<Schema>,
  posts: readonly OldPost[],
  before: number,
): Promise<number> {
  if (posts.length === 0) return 0
  const { numDeletedRows } = await queries
    .deleteFrom('posts')
    .where(
      'id',
      'in',
      posts.map(({ id }) => id),
    )
    // As "in", SQLite would choose the index of states over the ids and read every post.
    .where('state', 'not in', openStates)
    .where('finished_at', '<', before)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

async function countUnknown(queries: Kysely<Schema>, before: number): Promise<number> {
  const { count } = await queries
    .selectFrom('posts')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('state', '=', 'unknown')
    .where('not_before', '<', before)
    .executeTakeFirstOrThrow()
  return Number(count)
}
