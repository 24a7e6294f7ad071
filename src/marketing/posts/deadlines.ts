import { type Expression, type SqlBool, sql } from 'kysely'
import type { LedgerTime } from '../../database/clock.ts'
import { manualKeys } from './key.ts'

/** When a post may be sent. */
export interface PostWindow {
  /** How long after its slot, or after the instant that it was deferred to. */
  readonly graceMs: number
  /** How long after its slot, however often it is deferred. */
  readonly retryMs: number
}

/** Whether a waiting post's time is over. */
export function isLate(time: LedgerTime, { graceMs, retryMs }: PostWindow): Expression<SqlBool> {
  return sql<SqlBool>`(posts.not_before < ${time.now()} - ${graceMs} or posts.scheduled_at < ${time.now()} - ${retryMs})`
}

/** Whether its campaign was deleted, or is paused and the post is a scheduled one. */
export const isEnded: Expression<SqlBool> = sql<SqlBool>`exists (
  select 1 from campaigns where campaigns.id = posts.campaign_id and (campaigns.deleted_at is not null
    or (campaigns.paused = 1 and posts.slot_key not like ${manualKeys})))`

/** Checked with each claim: a process that was suspended for an hour must not continue where it was. */
export function mayBePosted(time: LedgerTime, window: PostWindow): Expression<SqlBool> {
  return sql<SqlBool>`not (${isLate(time, window)}) and not ${isEnded}`
}
