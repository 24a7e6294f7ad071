import { type Kysely, type RawBuilder, sql } from 'kysely'
import { confirmReplicated } from '../../database/confirm-replicated.ts'
import { errorCodeOf } from '../../database/error-code.ts'
import { foreignLedger } from '../../database/foreign-ledger.ts'
import type { PostgresLedgerDatabase } from '../../database/open.ts'
import { changedResultCode, otherSessionCodes } from '../../database/prepared-statements.ts'
import type { Schema } from '../../database/schema.ts'
import type { Fact } from '../fact.ts'
import type { CommitEngine, CommitOutcome } from './engine.ts'
import type { FailedAttempt } from './failed-attempt.ts'
import { attemptedExpressions, findNewAttempts } from './postgres-attempts.ts'

interface InsertedRow {
  /** Null if no fact was new. */
  readonly key: string | null
  /** 0 if the database holds another ledger. */
  readonly here: number
  /** The event that reported a failed attempt. */
  readonly event_id: string | null
}

/**
 * On PostgreSQL a batch is one statement and one round trip, so that a suspended client cannot hold a lock;
 * a batch with failed attempts first queries which of them are known.
 * Facts and sums are inserted in key order, so that batches lock in the same order; each of a replica's lanes adds
 * to a shard of its own, so that they do not contend for one row. A batch without new facts still waits for the
 * synchronous standbys, because duplicates are acknowledged too. If the database holds another ledger,
 * nothing is recorded and `database_unavailable` is thrown.
 */
export function createPostgresEngine(
  { queries }: PostgresLedgerDatabase,
  shards: readonly [number, ...number[]],
  ledgerId: string,
): CommitEngine {
  const write = async (
    executor: Kysely<Schema>,
    facts: readonly Fact[],
    recordedAt: number,
    shard: number,
  ): Promise<CommitOutcome> => {
    const attempts = await findNewAttempts(facts, executor)
    const { rows } = await statement(facts, attempts, { recordedAt, shard, ledgerId }).execute(
      executor,
    )
    if (!rows.some(({ here }) => here > 0)) throw foreignLedger(ledgerId)
    return toOutcome(facts, rows)
  }

  return {
    laneCount: shards.length,
    commit: (facts, recordedAt, lane) =>
      write(queries, facts, recordedAt, shards[lane] ?? shards[0]),
    write: (executor, facts, recordedAt) => write(executor, facts, recordedAt, shards[0]),
    isRefusal: (cause) => /^(22|23|42)/.test(errorCodeOf(cause)),
    canNeverStore: (cause) => unstorable.test(errorCodeOf(cause)),
    isRetryable: (cause) => retryable.has(errorCodeOf(cause)),
  }
}

/** A data exception, a not-null violation or a check violation: the values themselves are invalid. */
const unstorable = /^(22...|23502|23514)$/

/** A serialization failure, a deadlock, a stale or another session's statement: nothing was committed, and a retry can succeed. */
const retryable: ReadonlySet<string> = new Set([
  '40001',
  '40P01',
  changedResultCode,
  ...otherSessionCodes,
])

/** The totals are unknown here: they are sums over all shards, read when the counters are raised. */
function toOutcome(facts: readonly Fact[], rows: readonly InsertedRow[]): CommitOutcome {
  const inserted = new Set(rows.map(({ key, event_id }) => event_id ?? key))
  const isNew = facts.map(({ key, attempt }) => inserted.delete(attempt?.eventId ?? key))
  return { isNew, totals: [] }
}

interface StatementOptions {
  readonly recordedAt: number
  readonly shard: number
  readonly ledgerId: string
}

/** Only a batch with failed attempts from events pays for deciding their keys. */
function statement(
  facts: readonly Fact[],
  attempts: readonly FailedAttempt[],
  { recordedAt, shard, ledgerId }: StatementOptions,
): RawBuilder<InsertedRow> {
  const here = sql`here as (select id from ledger where id = 1 and ledger_id = ${ledgerId})`
  if (facts.every(({ attempt }) => attempt === undefined))
    return sql`/* record_facts */ with ${here}, given as (${givenRows(facts)})${recording(recordedAt, shard, sql`null`)}`
  return sql`/* record_attempts */
    with ${here}, ${attemptedExpressions(attempts)}, told as (${givenRows(facts)}), given as (
      select coalesce(fact_key, key) as key, counter, label, occurred_at, source, evidence, amount_minor, currency
      from told left join attempted on event_id = attempt
      where attempt is null or event_id is not null
    )${recording(
      recordedAt,
      shard,
      sql`(select event_id from attempted where fact_key = inserted.key)`,
    )}`
}

function givenRows(facts: readonly Fact[]): RawBuilder<unknown> {
  const column = (read: (fact: Fact) => unknown) => sql.val(facts.map(read))
  return sql`
      select * from unnest(
        ${column(({ key }) => key)}::text[],
        ${column(({ counter }) => counter)}::text[],
        ${column(({ label }) => label)}::text[],
        ${column(({ occurredAt }) => occurredAt)}::bigint[],
        ${column(({ source }) => source)}::text[],
        ${column(({ evidence }) => evidence)}::text[],
        ${column(({ amountMinor }) => amountMinor)}::bigint[],
        ${column(({ currency }) => currency)}::text[],
        ${column(({ attempt }) => attempt?.eventId ?? null)}::text[]
      ) as given (key, counter, label, occurred_at, source, evidence, amount_minor, currency, attempt)
      where exists (select from here)`
}

/** Inserts the new facts of `given` and adds them to the totals and hourly sums. */
function recording(
  recordedAt: number,
  shard: number,
  eventOf: RawBuilder<unknown>,
): RawBuilder<InsertedRow> {
  return sql<InsertedRow>`, inserted as (
      insert into facts
        (key, counter, label, occurred_at, recorded_at, source, evidence, amount_minor, currency)
      select key, counter, label, occurred_at, ${recordedAt}::bigint, source, evidence, amount_minor, currency
      from given order by key
      on conflict (key) do nothing
      returning key, counter, label, occurred_at, amount_minor, currency
    ), added as (
      insert into totals (counter, label, shard, total)
      select counter, label, ${shard}::bigint, count(*)
      from inserted group by counter, label order by counter, label
      on conflict (counter, label, shard) do update set total = totals.total + excluded.total
    ), summed as (
      insert into hourly (counter, label, currency, hour, shard, count, amount_minor)
      select counter, label, coalesce(currency, ''), occurred_at - occurred_at % 3600000,
        ${shard}::bigint, count(*), coalesce(sum(amount_minor), 0)
      from inserted group by 1, 2, 3, 4 order by 1, 2, 3, 4
      on conflict (hour, counter, label, currency, shard) do update
      set count = hourly.count + excluded.count, amount_minor = hourly.amount_minor + excluded.amount_minor
    ), confirmed as (${confirmReplicated(sql<boolean>`not exists (select from inserted)`)})
    select key, ${eventOf} as event_id, (select count(*) from here) as here,
      (select count(*) from confirmed) as confirmed
    from (select 1) as one left join inserted on true`
}
