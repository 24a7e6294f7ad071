import { type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely'
import type { PostState } from '../database/post-state.ts'
import type { Schema } from '../database/schema.ts'

export interface Erased {
  /** Posts whose texts were overwritten, or are to be. */
  readonly posts: number
  /** Deleted campaigns whose name and messages were overwritten, or are to be. */
  readonly campaigns: number
  /** Posts that are still to be sent: they keep their text. */
  readonly keptPosts: number
  /** Ids of campaigns that are not deleted: an operator changes or deletes them. */
  readonly keptCampaigns: readonly string[]
}

const erased = '[erased]'
/** No attempt needs the text of these any more. */
const unsentStates: readonly PostState[] = ['due', 'sending']
const postTexts = ['message', 'text', 'receipt', 'reason'] as const

/**
 * Overwrites every text of a post or of a deleted campaign that contains a text; with `isDryRun` it only counts them.
 * Case is ignored, on SQLite that of a to z only. Rows and their keys stay, so that nothing is sent or counted again. Facts
 * hold no text.
 */
export async function eraseTexts(
  queries: Kysely<Schema>,
  text: string,
  isDryRun: boolean,
): Promise<Erased> {
  const found = {
    posts: await countPosts(queries, text, 'not in'),
    campaigns: (await findCampaigns(queries, text, 'is not')).length,
    keptPosts: await countPosts(queries, text, 'in'),
    keptCampaigns: await findCampaigns(queries, text, 'is'),
  }
  if (isDryRun) return found
  const posts = await queries
    .updateTable('posts')
    .set(({ ref }) => ({
      message: sql<string | null>`case when ${ref('message')} is null then null else ${erased} end`,
      text: sql<string | null>`case when ${ref('text')} is null then null else ${erased} end`,
      receipt: null,
      reason: null,
    }))
    .where(postContains(text))
    .where('state', 'not in', unsentStates)
    .executeTakeFirstOrThrow()
  const campaigns = await queries
    .updateTable('campaigns')
    .set({ name: erased, messages: JSON.stringify([erased]) })
    .where(campaignContains(text))
    .where('deleted_at', 'is not', null)
    .executeTakeFirstOrThrow()
  return {
    ...found,
    posts: Number(posts.numUpdatedRows),
    campaigns: Number(campaigns.numUpdatedRows),
  }
}

async function countPosts(
  queries: Kysely<Schema>,
  text: string,
  operator: 'in' | 'not in',
): Promise<number> {
  const { count } = await queries
    .selectFrom('posts')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where(postContains(text))
    .where('state', operator, unsentStates)
    .executeTakeFirstOrThrow()
  return Number(count)
}

async function findCampaigns(
  queries: Kysely<Schema>,
  text: string,
  operator: 'is' | 'is not',
): Promise<readonly string[]> {
  const rows = await queries
    .selectFrom('campaigns')
    .select('id')
    .where(campaignContains(text))
    .where('deleted_at', operator, null)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

function postContains(text: string) {
  return ({ or, ref }: ExpressionBuilder<Schema, 'posts'>) =>
    or(
      postTexts.map(
        (column) => sql<SqlBool>`lower(${ref(column)}) like lower(${patternOf(text)}) escape '!'`,
      ),
    )
}

function campaignContains(text: string) {
  // The messages are JSON, in which quotes and line breaks are written differently.
  const inJson = patternOf(JSON.stringify(text).slice(1, -1))
  return ({ or, ref }: ExpressionBuilder<Schema, 'campaigns'>) =>
    or([
      sql<SqlBool>`lower(${ref('name')}) like lower(${patternOf(text)}) escape '!'`,
      sql<SqlBool>`lower(${ref('messages')}) like lower(${inJson}) escape '!'`,
    ])
}

function patternOf(text: string): string {
  return `%${text.replaceAll(/[!%_]/g, '!$&')}%`
}
