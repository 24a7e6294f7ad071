import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'
import { AppError } from '../errors.ts'
import type { FactSource } from './fact.ts'
import type { Mode } from './identity.ts'

/** What is stored of an event or object that cannot be processed: enough to look it up, never its body. */
export interface NewDeadLetter {
  /** Id of the event or the listed object. */
  readonly id: string
  /** The event's type, or the list's name. */
  readonly type: string
  /** The invalid paths, never their values. */
  readonly reason: string
  readonly source: FactSource
}

export interface DeadLetter extends Omit<NewDeadLetter, 'source'> {
  readonly source: string
  readonly mode: string
  /** Milliseconds. */
  readonly receivedAt: number
  /** When it was dismissed, in milliseconds; null while it is open. */
  readonly dismissedAt: number | null
}

type DeadLetterState = 'open' | 'dismissed'

/** Where a page ends. */
export interface DeadLetterPosition {
  readonly receivedAt: number
  readonly id: string
}

export interface DeadLetters {
  /**
   * Resolves after the commit with whether the dead letter is new. For a known id only the reason is
   * updated, and a dismissed dead letter stays dismissed. Rejects with `not_committed`.
   */
  keep(letter: NewDeadLetter): Promise<boolean>
  find(id: string): Promise<DeadLetter | undefined>
  /** Newest first, at most `limit`. */
  list(
    state: DeadLetterState,
    limit: number,
    after: DeadLetterPosition | undefined,
  ): Promise<readonly DeadLetter[]>
  /** Dismisses it. Resolves with false if there is no such dead letter. */
  dismiss(id: string): Promise<boolean>
  /** Removes a dead letter that has been recorded or that needs no recording. */
  remove(id: string): Promise<void>
  /** The number of open dead letters. */
  count(): Promise<number>
}

export interface DeadLettersOptions {
  readonly queries: Kysely<Schema>
  readonly mode: Mode
  readonly now: () => number
}

export function createDeadLetters({ queries, mode, now }: DeadLettersOptions): DeadLetters {
  return {
    keep: async (letter) => {
      try {
        return await keepLetter(queries, { ...letter, mode, received_at: now() })
      } catch (cause) {
        throw new AppError(
          'not_committed',
          'the dead letter could not be stored: send the event again',
          { cause },
        )
      }
    },
    find: async (id) => {
      const row = await queries
        .selectFrom('dead_letters')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      return row === undefined ? undefined : toDeadLetter(row)
    },
    list: async (state, limit, after) => {
      let query = queries
        .selectFrom('dead_letters')
        .selectAll()
        .where('dismissed_at', state === 'open' ? 'is' : 'is not', null)
      if (after !== undefined)
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('received_at', 'id'), '<', tuple(after.receivedAt, after.id)),
        )
      const rows = await query
        .orderBy('received_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute()
      return rows.map(toDeadLetter)
    },
    dismiss: async (id) => {
      const { numUpdatedRows } = await queries
        .updateTable('dead_letters')
        .set(({ fn, val }) => ({ dismissed_at: fn.coalesce('dismissed_at', val(now())) }))
        .where('id', '=', id)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    remove: (id) => removeDeadLetter(queries, id),
    count: () => countOpen(queries),
  }
}

/** The number of open dead letters. */
export async function countOpen(queries: Kysely<Schema>): Promise<number> {
  const { count } = await queries
    .selectFrom('dead_letters')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('dismissed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** The ids of the newest open dead letters, at most `limit`. */
export async function readOpenIds(
  queries: Kysely<Schema>,
  limit: number,
): Promise<readonly string[]> {
  const rows = await queries
    .selectFrom('dead_letters')
    .select('id')
    .where('dismissed_at', 'is', null)
    .orderBy('received_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** Removes a dead letter that has been processed; resolves after the commit. */
export async function removeDeadLetter(queries: Kysely<Schema>, id: string): Promise<void> {
  await queries.deleteFrom('dead_letters').where('id', '=', id).execute()
}

/** Resolves with whether the dead letter is new. */
async function keepLetter(
  queries: Kysely<Schema>,
  row: NewDeadLetter & { readonly mode: string; readonly received_at: number },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await queries
    .insertInto('dead_letters')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  if ((numInsertedOrUpdatedRows ?? 0n) > 0n) return true
  await queries
    .updateTable('dead_letters')
    .set({ reason: row.reason })
    .where('id', '=', row.id)
    .where('reason', '!=', row.reason)
    .execute()
  return false
}

function toDeadLetter(row: {
  readonly id: string
  readonly type: string
  readonly mode: string
  readonly reason: string
  readonly source: string
  readonly received_at: number
  readonly dismissed_at: number | null
}): DeadLetter {
  return {
    id: row.id,
    type: row.type,
    mode: row.mode,
    reason: row.reason,
    source: row.source,
    receivedAt: row.received_at,
    dismissedAt: row.dismissed_at,
  }
}
