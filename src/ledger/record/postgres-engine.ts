import { type RawBuilder, sql } from 'kysely'
import type { PostgresLedgerDatabase } from '../../database/open.ts'
import type { Fact } from '../fact.ts'
import type { CommitEngine, CommitOutcome } from './engine.ts'

interface InsertedRow {
  readonly key: string
}

/**
 * On PostgreSQL a batch is one statement and one round trip, so that no stopped client can hold a lock.
 * Facts go in sorted by key, sums sorted by theirs, so that replicas lock in the same order; each
 * replica adds to a shard of its own, so that they do not queue on one row.
 */
export function createPostgresEngine(
  { queries }: PostgresLedgerDatabase,
  shard: number,
): CommitEngine {
  return {
    commit: async (facts, recordedAt) => {
      const { rows } = await statement(facts, recordedAt, shard).execute(queries)
      return toOutcome(facts, rows)
    },
    write: async (transaction, facts, recordedAt) => {
      if (facts.length === 0) return { isNew: [], totals: [] }
      const { rows } = await statement(facts, recordedAt, shard).execute(transaction)
      return toOutcome(facts, rows)
    },
    isRefusal: (cause) => /^(22|23|42)/.test(sqlState(cause)),
    isRetryable: (cause) => retryable.has(sqlState(cause)),
  }
}

/** A serialization failure and a deadlock: the transaction was rolled back and may be tried again. */
const retryable: ReadonlySet<string> = new Set(['40001', '40P01'])

function sqlState(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : ''
}

/** The totals are not known here: they are a sum over shards, which the settling reads. */
function toOutcome(facts: readonly Fact[], rows: readonly InsertedRow[]): CommitOutcome {
  const inserted = new Set(rows.map(({ key }) => key))
  return { isNew: facts.map(({ key }) => inserted.delete(key)), totals: [] }
}

function statement(
  facts: readonly Fact[],
  recordedAt: number,
  shard: number,
): RawBuilder<InsertedRow> {
  const column = (read: (fact: Fact) => unknown) => sql.val(facts.map(read))
  return sql<InsertedRow>`
    with given as (
      select * from unnest(
        ${column(({ key }) => key)}::text[],
        ${column(({ counter }) => counter)}::text[],
        ${column(({ label }) => label)}::text[],
        ${column(({ occurredAt }) => occurredAt)}::bigint[],
        ${column(({ source }) => source)}::text[],
        ${column(({ evidence }) => evidence)}::text[],
        ${column(({ amountMinor }) => amountMinor)}::bigint[],
        ${column(({ currency }) => currency)}::text[]
      ) as given (key, counter, label, occurred_at, source, evidence, amount_minor, currency)
    ), inserted as (
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
    )
    select key from inserted`
}
