import { type Kysely, sql } from 'kysely'
import type { AlertOutboxRow } from '../database/alerts-schema.ts'
import type { LedgerTime } from '../database/clock.ts'
import type { Schema } from '../database/schema.ts'
import { type StoredAlert, saveAlert } from './store.ts'

/** The one message that is on its way. */
export interface AlertMessage {
  readonly id: string
  readonly text: string
  /** JSON. */
  readonly notices: string
  /** Milliseconds. */
  readonly composedAt: number
  /** How many attempts were begun. */
  readonly attempts: number
}

/** What follows an attempt at a message. */
export type AttemptEnd =
  | { readonly isSent: true; readonly waitMs: number }
  | {
      readonly isSent: false
      readonly reason: string
      readonly waitMs: number
      /** Whether the attempts are used up, so that they begin anew after the wait. */
      readonly startsOver: boolean
    }

/**
 * The message is stored with what it tells before it is sent, and an attempt is claimed before it is made. So no two
 * processes send at the same time, nothing is told twice by two messages, and a message whose outcome nobody learned
 * is sent again.
 */
export interface AlertOutbox {
  /** Undefined if no message waits. */
  read(): Promise<AlertMessage | undefined>
  /** Whether the last attempt failed, and why. */
  readFailure(): Promise<string | null>
  /** Stores a message, and the alerts as told. False if another process was first, or no message may be sent yet. */
  compose(message: Omit<AlertMessage, 'attempts'>, told: readonly StoredAlert[]): Promise<boolean>
  /** Claims the next attempt for `claimMs`; undefined if it is another process's, or not yet due. */
  claim(message: AlertMessage, claimMs: number): Promise<AlertMessage | undefined>
  /**
   * Stores the end of a claimed attempt, unless another process has begun the next, which is due `everyMs` after it began,
   * or later if the end says so.
   */
  finish(message: AlertMessage, end: AttemptEnd, everyMs: number): Promise<void>
  /** A message whose attempts were used up is tried at once after a start: the setting may have been put right. */
  resume(everyMs: number): Promise<void>
}

export function createAlertOutbox(queries: Kysely<Schema>, time: LedgerTime): AlertOutbox {
  const isDue = () => sql<boolean>`not_before <= ${time.now()}`
  return {
    read: async () => toMessage(await readAlertOutbox(queries)),
    readFailure: async () => (await readAlertOutbox(queries))?.reason ?? null,
    compose: (message, told) => compose(queries, isDue(), message, told),
    claim: async (message, claimMs) => {
      const row = await queries
        .updateTable('alert_outbox')
        .set({
          attempts: message.attempts + 1,
          attempted_at: time.now(),
          not_before: sql<number>`${time.now()} + ${claimMs}`,
        })
        .where('message_id', '=', message.id)
        .where('attempts', '=', message.attempts)
        .where(isDue())
        .returningAll()
        .executeTakeFirst()
      return toMessage(row)
    },
    finish: async (message, end, everyMs) => {
      await queries
        .updateTable('alert_outbox')
        .set({
          not_before: sql<number>`attempted_at + ${Math.max(everyMs, end.waitMs)}`,
          ...(end.isSent
            ? { ...nothing, sent_at: time.now(), reason: null }
            : { reason: end.reason, ...(end.startsOver ? { attempts: 0 } : {}) }),
        })
        .where('message_id', '=', message.id)
        .where('attempts', '=', message.attempts)
        .execute()
    },
    resume: async (everyMs) => {
      await queries
        .insertInto('alert_outbox')
        .values({ id: 1, ...nothing, sent_at: null, reason: null })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute()
      await queries
        .updateTable('alert_outbox')
        .set({ not_before: sql<number>`attempted_at + ${everyMs}` })
        .where('message_id', 'is not', null)
        .where('reason', 'is not', null)
        .where('attempts', '=', 0)
        .where(sql<boolean>`not_before > attempted_at + ${everyMs}`)
        .execute()
    },
  }
}

const nothing = { message_id: null, text: null, notices: null, composed_at: null, attempts: 0 }

/** The row as it is stored; undefined before the first start with a channel. */
export function readAlertOutbox(queries: Kysely<Schema>): Promise<AlertOutboxRow | undefined> {
  return queries.selectFrom('alert_outbox').selectAll().executeTakeFirst()
}

function toMessage(row: AlertOutboxRow | undefined): AlertMessage | undefined {
  if (row === undefined) return undefined
  const { message_id: id, text, notices, composed_at: composedAt, attempts } = row
  if (id === null || text === null || notices === null || composedAt === null) return undefined
  return { id, text, notices, composedAt, attempts }
}

/** Rolls the transaction back. */
class ChangedMeanwhile extends Error {}

async function compose(
  queries: Kysely<Schema>,
  isDue: ReturnType<typeof sql<boolean>>,
  { id, text, notices, composedAt }: Omit<AlertMessage, 'attempts'>,
  told: readonly StoredAlert[],
): Promise<boolean> {
  try {
    await queries.transaction().execute(async (transaction) => {
      const row = await transaction
        .updateTable('alert_outbox')
        .set({ message_id: id, text, notices, composed_at: composedAt, attempts: 0 })
        .where('message_id', 'is', null)
        .where(isDue)
        .returning('id')
        .executeTakeFirst()
      if (row === undefined) throw new ChangedMeanwhile()
      for (const alert of told)
        if (!(await saveAlert(transaction, alert))) throw new ChangedMeanwhile()
    })
    return true
  } catch (cause) {
    if (cause instanceof ChangedMeanwhile) return false
    throw cause
  }
}
