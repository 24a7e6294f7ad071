import type { Generated, Insertable, Selectable } from 'kysely'
import type { ChargeSlot } from '../ledger/record/failed-attempt.ts'

/** Every instant is whole milliseconds since 1970, in both engines. */
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
  /** By a hash of the caller and the Idempotency-Key; the terms as JSON, nothing about a person. */
  readonly checkout_terms: { key: string; attempt: number; terms: string; created_at: number }
  readonly campaigns: CampaignsTable
  readonly posts: PostsTable
  readonly channels: ChannelsTable
}

/** One row per fact, never changed. The key is unique for ever. */
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

/** The committed totals. Their sum over the shards is what the counters show. */
interface TotalsTable {
  counter: string
  label: string
  shard: number
  total: number
}

/** Sums by the hour of `occurred_at`, for plots, sharded as the totals are. `currency` is empty where a fact has no amount. */
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
  /** When the first process opened it, in the database's own time. */
  started_at: Generated<number>
  /** Null until Stripe's clock is known. */
  genesis: number | null
  mode: string
  account: string | null
  /** The leader's token; null if there is no leader. Used on PostgreSQL only. */
  lease_token: string | null
  /** When the lease expires, in the database's own time. */
  lease_until: Generated<number>
  /** Series up to this one have ended: no process shows them again. Null while none had to end. */
  ended_generation: Generated<number | null>
  /** When a process without the lease last read the ledger, in the database's own time. */
  replica_seen_at: Generated<number>
  checks: Generated<number> // raised to find out whether it can be written
}

export interface SyncStateTable {
  name: string
  /** Up to which instant of Stripe's it has read, or a notice's number; null where that means nothing. */
  position: number | null
  succeeded_at: number | null
  /** What the last success found, as JSON. */
  report: string | null
  /** How far a job that is under way, or broke off, has come, as JSON. */
  progress: Generated<string | null>
}

/** Facts that a reconcile found missing and records unless their webhook comes within a minute. */
interface DriftCandidatesTable {
  key: string
  /** JSON. */
  fact: string
  noticed_at: number
}

/** What of Stripe could not be read: what is needed to look it up there, nothing else. */
interface DeadLettersTable {
  /** Of the event or the listed object. */
  id: string
  /** The event's type, or the list's name. */
  type: string
  mode: string
  /** What was wrong, by its path, never the value. */
  reason: string
  source: string
  received_at: number
  /** When somebody put it aside; null while it is open. */
  dismissed_at: Generated<number | null>
}

/** The `payment_intent.payment_failed` events that were seen: one event is one attempt. */
interface FailedAttemptsTable {
  event_id: string
  /** Null where a fact was recorded before this was kept. */
  payment_intent: string | null
  request_id: string | null
  /** Whole seconds, by Stripe's clock. */
  created: number
  fact_key: string
  /** The same for two events that Stripe made of one attempt. */
  twin: string
}

/** Which event has claimed a charge. Who has `latest` has the charge's key; `error` has it or came later. */
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
  /** Slots up to and including this instant have been looked at. */
  slots_through: number
  /** The first slot after `slots_through`; null when there is none. */
  next_slot_at: number | null
  /** How many messages were handed out so far: the next one is this, modulo their number. */
  messages_used: Generated<number>
  /** 1 while it has no slots because somebody asked for that. */
  paused: Generated<number>
  /** Grows with each change, so that nobody works on with what was. */
  revision: Generated<number>
  created_at: number
  updated_at: number
  /** Its row stays, so that its posts have a name. */
  deleted_at: number | null
}

export type PostState = 'due' | 'sending' | 'sent' | 'failed' | 'unknown' | 'missed'

/** What became of a slot: its UTC instant is the slot key, a manual post has `manual:<id>`. */
interface PostsTable {
  /** Derived from the campaign and the slot, so that every replica says the same. */
  id: string
  campaign_id: string
  slot_key: string
  scheduled_at: number
  state: PostState
  /** As the campaign has it; null when the slot was missed before a message was chosen. */
  message: string | null
  /** As it is sent, at every attempt; null until its prices have been read. */
  text: string | null
  channel: string
  attempts: Generated<number>
  /** Not to be tried before this instant. */
  not_before: number
  /** While `sending`: past this instant the outcome counts as unknown. */
  deadline: number | null
  /** 1 when an attempt may have arrived although nobody confirmed it. */
  may_have_arrived: Generated<number>
  /** What the channel confirmed it with. */
  receipt: string | null
  /** Why it is not sent, or not yet. */
  reason: string | null
  created_at: number
  finished_at: number | null
}

/** What the replicas agree on about a channel: it takes one post at a time, and none while it is held. */
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
