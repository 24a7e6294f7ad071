import { type Kysely, sql } from 'kysely'
import { databaseNow } from '../../database/clock.ts'
import { foreignLedger } from '../../database/foreign-ledger.ts'
import type { SqliteLedgerDatabase } from '../../database/open.ts'
import type { Schema } from '../../database/schema.ts'
import { type Total, toCounterName } from '../fact.ts'
import type { LedgerIdentity } from '../identity.ts'
import { readTotals } from '../read/totals.ts'

/** The result of renewing the lease: the committed totals, and whether this process is the leader. */
export interface LeaseReading {
  readonly totals: readonly Total[]
  readonly isLeader: boolean
  /** Whether a process saw the ledger fall below what this generation exposed: it is never exposed again. */
  readonly hasEnded: boolean
}

/** Its holder is the leader, the one process that exposes the business counters. Every replica records. */
export interface Lease {
  /** Reads the totals and, in the same statement, renews the lease or acquires an expired one. */
  renew(): Promise<LeaseReading>
  /** Whether this process holds an unexpired lease, for tasks other than exposing the counters. */
  isLeader(): boolean
  /**
   * Records in the ledger that this generation has ended, whichever process is the leader. Call it at
   * every reading: the database may be unavailable, or replaced by another copy.
   */
  endGeneration(): Promise<void>
  /** Releases the lease so that another replica need not wait for it to expire. Never acquires it again. */
  release(): Promise<void>
}

export const leaseMs = 10_000

/**
 * On SQLite this process is always the leader, because no other process can open the file. Rejects if
 * the file was lost.
 */
export function createSoleLease({
  queries,
  files,
}: Pick<SqliteLedgerDatabase, 'queries' | 'files'>): Lease {
  return {
    renew: async () => {
      const totals = await queries.connection().execute(async (connection) => {
        const committed = await readTotals(connection)
        files.check()
        return committed
      })
      return { totals, isLeader: true, hasEnded: false }
    },
    isLeader: () => true,
    // The high-water mark serves this purpose.
    endGeneration: () => Promise.resolve(),
    release: () => Promise.resolve(),
  }
}

interface LeaseState {
  readonly held: number
  readonly ended: number
  /** 0 if the database holds another ledger. */
  readonly here: number
}

interface TotalRow {
  readonly counter: string
  readonly label: string
  readonly total: number
}

/** The left join gives one row without a total if there are none. */
type LeaseRow = LeaseState & (TotalRow | Readonly<Record<keyof TotalRow, null>>)

/**
 * On PostgreSQL one row is leased for 10 s by a random token, in the database's time, for one
 * generation: a process of an ended generation never leads. `monotonicNow` is in milliseconds and keeps
 * advancing while the process is suspended. A database that holds another ledger is left unchanged, and
 * reading it rejects with `database_unavailable`.
 */
export function createSharedLease(
  queries: Kysely<Schema>,
  token: string,
  { ledgerId, generation }: Pick<LedgerIdentity, 'ledgerId' | 'generation'>,
  monotonicNow: () => number,
): Lease {
  let ledAt = Number.NEGATIVE_INFINITY
  let released = false

  return {
    renew: async () => {
      if (released) return { totals: await readTotals(queries), isLeader: false, hasEnded: false }
      const askedAt = monotonicNow()
      const { rows } = await renewal(token, ledgerId, generation).execute(queries)
      if (!rows.some(({ here }) => here > 0)) throw foreignLedger(ledgerId)
      const isLeader = rows.some(({ held }) => held > 0) && !released
      if (isLeader) ledAt = askedAt
      return { totals: toTotals(rows), isLeader, hasEnded: rows.some(({ ended }) => ended > 0) }
    },
    isLeader: () => !released && monotonicNow() - ledAt < leaseMs,
    endGeneration: async () => {
      await queries
        .updateTable('ledger')
        .set({ ended_generation: generation })
        .where('ledger_id', '=', ledgerId)
        .where('generation', '<=', generation)
        .where((where) =>
          where.or([
            where('ended_generation', 'is', null),
            where('ended_generation', '<', generation),
          ]),
        )
        .execute()
    },
    release: async () => {
      released = true
      await releaseLease(queries, token)
    },
  }
}

/**
 * Acquires or renews the lease if the ledger is at this process's generation and that has not ended.
 * A process that may not lead only updates `replica_seen_at`. An earlier generation than ours means that
 * the ledger was restored from a backup: ours has ended.
 */
function renewal(token: string, ledgerId: string, generation: number) {
  const stands = sql<boolean>`(generation = ${generation}::bigint and coalesce(ended_generation, 0) < generation)`
  return sql<LeaseRow>`
  with here as (
    select id from ledger where id = 1 and ledger_id = ${ledgerId}
  ), renewed as (
    update ledger set
      lease_token = case when ${stands} then ${token} else lease_token end,
      lease_until = case when ${stands} then ${databaseNow} + ${leaseMs}::bigint else lease_until end,
      replica_seen_at = case when ${stands} then replica_seen_at else ${databaseNow} end
    where id = 1 and ledger_id = ${ledgerId}
      and (not ${stands} or lease_token = ${token} or lease_until < ${databaseNow})
    returning case when ${stands} then 1 else 0 end as held,
      case when generation < ${generation}::bigint or coalesce(ended_generation, 0) >= ${generation}::bigint
        then 1 else 0 end as ended
  )
  select renewed.held, renewed.ended, renewed.here, totals.counter, totals.label,
    sum(totals.total) as total
  from (
    select coalesce(max(held), 0) as held, coalesce(max(ended), 0) as ended,
      (select count(*) from here) as here
    from renewed
  ) as renewed
  left join totals on renewed.here > 0
  group by renewed.held, renewed.ended, renewed.here, totals.counter, totals.label`
}

/**
 * Acquires the lease for a command that changes the ledger, whatever its generation. Resolves with false
 * if a process of the service holds it, or was seen since `since`, in the database's time.
 */
export async function acquireLease(
  queries: Kysely<Schema>,
  token: string,
  since: number,
): Promise<boolean> {
  const { rows } = await sql<{ id: number }>`
    update ledger set lease_token = ${token}, lease_until = ${databaseNow} + ${leaseMs}::bigint
    where id = 1 and lease_until < ${databaseNow} and replica_seen_at < ${since}::bigint
    returning id`.execute(queries)
  return rows.length > 0
}

/** Releases the lease if this token holds it. */
export async function releaseLease(queries: Kysely<Schema>, token: string): Promise<void> {
  await queries
    .updateTable('ledger')
    .set({ lease_token: null, lease_until: 0 })
    .where('lease_token', '=', token)
    .execute()
}

function toTotals(rows: readonly LeaseRow[]): readonly Total[] {
  return rows.flatMap(({ counter, label, total }) =>
    counter === null ? [] : [{ counter: toCounterName(counter), label, total: Number(total) }],
  )
}
