import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'
import { AppError } from '../errors.ts'

export interface DeadLetter {
  readonly id: string
  readonly type: string
  readonly reason: string
}

/** Verified webhooks that could not be read, kept so that somebody can look them up at Stripe. */
export interface DeadLetters {
  /** Resolves after the commit; the same event again changes nothing. Rejects with `not_committed`. */
  keep(event: DeadLetter): Promise<void>
  count(): Promise<number>
}

export function createDeadLetters(queries: Kysely<Schema>, now: () => number): DeadLetters {
  return {
    keep: async (event) => {
      try {
        await queries
          .insertInto('dead_letters')
          .values({ ...event, received_at: now() })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute()
      } catch (cause) {
        throw new AppError('not_committed', 'the event could not be kept: send it again', { cause })
      }
    },
    count: async () => {
      const { count } = await queries
        .selectFrom('dead_letters')
        .select((select) => select.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      return Number(count)
    },
  }
}
