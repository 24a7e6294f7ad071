import type { Generated, Insertable, Selectable } from 'kysely'
import type { ChargeSlot } from '../ledger/record/failed-attempt.ts'
import type { PostState } from './post-state.ts'
import type { LedgerMoveTable } from './seal-state.ts'

/** All instants are Unix times in whole milliseconds, in both engines. */
export interface Schema {
  readonly facts: FactsTable
  readonly totals: TotalsTable
  readonly hourly: HourlyTable
  readonly ledger: LedgerTable
  readonly sync_state: SyncStateTable
  readonly drift_candidates: DriftCandidatesTable
  readonly dead_letters: DeadLettersTable
  readonly failed_attempts: FailedAttemptsTable
  readonly attempt_charges: AttemptChargesTable
  /** Keyed by a hash of the caller and the Idempotency-Key; the terms are JSON, without personal data. */
  readonly checkout_terms: { key: string; attempt: number; terms: string; created_at: number }
  readonly campaigns: CampaignsTable
  readonly posts: PostsTable
  readonly channels: ChannelsTable
  readonly ledger_move: LedgerMoveTable
}

/** One row per fact, never changed. The key is permanently unique. */
interface FactsTable {
  key: string
  counter: string
  label: string
  occurred_at: number
  recorded_at: number
  source: string
  evidence: string
  amount_minor: number | null
  currency: string | null
}

/** The committed totals. The counters expose their sum over the shards. */
interface TotalsTable {
  counter: string
  label: string
  shard: number
  total: number
}

/** Sums by the hour of `occurred_at`, for plots, sharded like the totals. `currency` is empty without an amount. */
interface HourlyTable {
  counter: string
  label: string
  currency: string
  hour: number
  shard: number
  count: number
  amount_minor: number
}

/** One row: which ledger this is and whose payments it counts. */
interface LedgerTable {
  id: 1
  ledger_id: string
  generation: number
  generation_began_at: number
  /** When the first process opened it, in the database's time. */
  started_at: Generated<number>
  /** Null until Stripe's clock is known. */
  genesis: number | null
  mode: string
  account: string | null
  /** The leader's token; null if there is no leader. Used on PostgreSQL only. */
  lease_token: string | null
  /** When the lease expires, in the database's own time. */
  lease_until: Generated<number>
  /** Series up to this one have ended: no process exposes them again. Null if none had to end. */
  ended_generation: Generated<number | null>
  /** When a process without the lease last read the ledger, in the database's own time. */
  replica_seen_at: Generated<number>
  checks: Generated<number> // incremented to check that the ledger is writable
}

export interface SyncStateTable {
  name: string
  /** The instant, by Stripe's clock, up to which it has read, or a notice's number; null if not applicable. */
  position: number | null
  succeeded_at: number | null
  /** The result of the last success, as JSON. */
  report: string | null
  /** The progress of a running or interrupted job, as JSON. */
  progress: Generated<string | null>
}

/** Facts that a reconcile found missing and records unless their webhook arrives within a minute. */
interface DriftCandidatesTable {
  key: string
  fact: string // JSON
  noticed_at: number
}

/** Stripe events and objects that could not be processed: only what is needed to look them up at Stripe. */
interface DeadLettersTable {
  /** Id of the event or the listed object. */
  id: string
  /** The event's type, or the list's name. */
  type: string
  mode: string
  /** The invalid paths and what was wrong, never the values. */
  reason: string
  source: string
  received_at: number
  /** When it was dismissed; null while it is open. */
  dismissed_at: Generated<number | null>
}

/** The `payment_intent.payment_failed` events that were seen: one event is one attempt. */
interface FailedAttemptsTable {
  event_id: string
  /** Null if the fact was recorded before this column existed. */
  payment_intent: string | null
  request_id: string | null
  /** Whole seconds, by Stripe's clock. */
  created: number
  fact_key: string
  /** Equal for two events that Stripe created for one attempt. */
  twin: string
}

/** The event that claimed a charge. The holder of `latest` has its key; that of `error` is the same or later. */
interface AttemptChargesTable {
  charge_id: string
  named_as: ChargeSlot
  event_id: string
}

interface CampaignsTable {
  id: string
  name: string
  /** JSON list of texts. */
  messages: string
  cron: string
  time_zone: string
  channel: string
  /** Slots up to and including this instant have been processed. */
  slots_through: number
  /** The first slot after `slots_through`; null when there is none. */
  next_slot_at: number | null
  /** The number of messages used so far: the index of the next one is this, modulo their number. */
  messages_used: Generated<number>
  /** 1 while it is paused and has no slots. */
  paused: Generated<number>
  /** Incremented by each change, so that no process continues with an outdated version. */
  revision: Generated<number>
  created_at: number
  updated_at: number
  /** The row of a deleted campaign is kept, so that its posts have a name. */
  deleted_at: number | null
}

/** The outcome of a slot: the slot key is its UTC instant, or `manual:<id>` for a manual post. */
interface PostsTable {
  /** Derived from the campaign and the slot, so that it is the same on every replica. */
  id: string
  campaign_id: string
  slot_key: string
  scheduled_at: number
  state: PostState
  /** As in the campaign; null if the slot was missed before a message was chosen. */
  message: string | null
  /** The text sent at every attempt; null until its prices have been read. */
  text: string | null
  channel: string
  attempts: Generated<number>
  /** Not to be tried before this instant. */
  not_before: number
  /** While `sending`: after this instant the outcome is considered unknown. */
  deadline: number | null
  /** 1 if an attempt may have arrived although it was not confirmed. */
  may_have_arrived: Generated<number>
  /** The channel's confirmation. */
  receipt: string | null
  /** Why it was not sent, or not yet. */
  reason: string | null
  created_at: number
  finished_at: number | null
}

/** Channel state that replicas share: one post at a time, and none while the channel is held. */
interface ChannelsTable {
  name: string
  /** The channel asked to be sent nothing before this instant. */
  not_before: number
  /** When a running attempt times out at the latest. */
  busy_until: number
  /** The running attempt. */
  busy_with: string
}

export type FactRow = Selectable<FactsTable>
export type LedgerRow = Selectable<LedgerTable>
export type CampaignRow = Selectable<CampaignsTable>
export type PostRow = Selectable<PostsTable>
export type NewPostRow = Insertable<PostsTable>
