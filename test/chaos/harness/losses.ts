import type { Acknowledged } from './acknowledged.ts'
import { acknowledgedButMissing, describe } from './audit.ts'
import type { FactEntry, Query } from './books.ts'

/** Looks for what was acknowledged and lost. */
export interface Losses {
  /** What was acknowledged since the last look and is not in the ledger, or was only recorded later. */
  read(query: Query): Promise<readonly string[]>
  /** What was acknowledged so far may be lost: the next look is for what comes from now on. */
  excuse(): void
}

export function watchLosses(acknowledged: Acknowledged): Losses {
  let looked = { keys: 0, posts: 0 }
  const excuse = (): void => {
    looked = { keys: acknowledged.keys.size, posts: acknowledged.posts.size }
  }
  return {
    excuse,
    read: async (query) => {
      const keys = [...acknowledged.keys].slice(looked.keys)
      const posts = [...acknowledged.posts].slice(looked.posts)
      excuse()
      const found = await query(
        `select key, evidence, recorded_at from facts where key in (${literals(keys)})
         or (counter = 'marketing_posts_total' and evidence in (${literals(posts)}))`,
      )
      const facts = found.map((row) => ({
        key: String(row.key),
        evidence: String(row.evidence),
        recordedAtMs: Number(row.recorded_at),
      }))
      const wanted = { keys: new Set(keys), posts: new Set(posts), at: acknowledged.at }
      return [...acknowledgedButMissing(wanted, { facts }), ...foundAgain(wanted, facts)]
    },
  }
}

/** Ids, which have no quotes in them, as a list for SQL. */
function literals(ids: readonly string[]): string {
  return ['', ...ids].map((id) => `'${id}'`).join(', ')
}

interface RecordedRow extends Pick<FactEntry, 'key' | 'evidence'> {
  readonly recordedAtMs: number
}

/** What was lost after its acknowledgement and found again, by a sweep as a rule. */
function foundAgain(
  { keys, posts, at }: Pick<Acknowledged, 'keys' | 'posts' | 'at'>,
  facts: readonly RecordedRow[],
): readonly string[] {
  const late = facts.flatMap(({ key, evidence, recordedAtMs }) =>
    [key, evidence].filter((id) => (keys.has(id) || posts.has(id)) && recordedAtMs > at(id)),
  )
  return describe('acknowledged before they were recorded', late)
}
