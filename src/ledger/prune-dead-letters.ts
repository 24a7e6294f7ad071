import type { ExpressionBuilder, Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'

export interface PrunedDeadLetters {
  /** Deleted, or to be deleted. */
  readonly deadLetters: number
  /** Old ones that nobody has dismissed: their event or object is not counted yet. */
  readonly keptOpen: number
}

const rowsPerTransaction = 500

/**
 * Deletes the dead letters that were dismissed before an instant, in milliseconds, in small transactions; with
 * `isDryRun` it only counts them. Open ones stay.
 */
export async function pruneDeadLetters(
  queries: Kysely<Schema>,
  before: number,
  isDryRun: boolean,
): Promise<PrunedDeadLetters> {
  const count = async (isOpen: boolean): Promise<number> => {
    const row = await queries
      .selectFrom('dead_letters')
      .select((select) => select.fn.countAll<number>().as('count'))
      .where(isOpen ? isOpenSince(before) : isDismissedSince(before))
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }
  const deadLetters = isDryRun ? await count(false) : await deleteDismissed(queries, before)
  return { deadLetters, keptOpen: await count(true) }
}

async function deleteDismissed(queries: Kysely<Schema>, before: number): Promise<number> {
  let deleted = 0
  for (;;) {
    const { numDeletedRows } = await queries
      .deleteFrom('dead_letters')
      .where('id', 'in', (select) =>
        select
          .selectFrom('dead_letters')
          .select('id')
          .where(isDismissedSince(before))
          .orderBy('received_at')
          .orderBy('id')
          .limit(rowsPerTransaction),
      )
      .executeTakeFirstOrThrow()
    deleted += Number(numDeletedRows)
    if (numDeletedRows < BigInt(rowsPerTransaction)) return deleted
  }
}

type Letters = ExpressionBuilder<Schema, 'dead_letters'>

function isDismissedSince(before: number) {
  return ({ and, eb }: Letters) =>
    and([eb('received_at', '<', before), eb('dismissed_at', '<', before)])
}

function isOpenSince(before: number) {
  return ({ and, eb }: Letters) =>
    and([eb('received_at', '<', before), eb('dismissed_at', 'is', null)])
}
