import { type Kysely, sql } from 'kysely'
import { databaseNow } from '../../database/clock.ts'
import type { Schema } from '../../database/schema.ts'
import { type Total, toCounterName } from '../fact.ts'
import { readTotals } from '../read/totals.ts'

/** The committed totals, and whether this process is the leader. */
export interface LeaseReading {
  readonly totals: readonly Total[]
  readonly isLeader: boolean
  /** Whether somebody saw the ledger fall below what this series had exposed: it is not exposed again. */
  readonly hasEnded: boolean
}

/** The one process that shows the business counters. Any replica records; one speaks. */
export interface Lease {
  /** Reads the totals and, in the same statement, renews the lease or takes one that ran out. */
  renew(): Promise<LeaseReading>
  /** Whether this process spoke within the lease, for what it does beside showing pages. */
  isLeader(): boolean
  /**
   * Writes into the ledger that this series has ended, whoever the lease is. To be called at
   * every reading: the database may be away, or another copy of it may take its place.
   */
  endGeneration(): Promise<void>
  /** Gives the lease back, so that another replica need not wait for its end. Never takes it again. */
  release(): Promise<void>
}

/** A page that was begun longer ago than this may no longer be exposed: half the lease. */
export const pageAgeMsMax = 5_000
const leaseMs = 10_000

/** On SQLite the process itself is the lease: no other can have the file. */
export function createSoleLease(queries: Kysely<Schema>): Lease {
  return {
    renew: async () => ({ totals: await readTotals(queries), isLeader: true, hasEnded: false }),
    isLeader: () => true,
    // `<ledger>.high-water-mark` remembers it.
    endGeneration: () => Promise.resolve(),
    release: () => Promise.resolve(),
  }
}

interface LeaseRow {
  readonly held: number
  readonly ended: number
  readonly counter: string | null
  readonly label: string | null
  readonly total: number | null
}

/**
 * On PostgreSQL one row is leased for 10 s by a random token, in the database's time, for one series: a
 * process that knows an ended one never speaks. `monotonicNow` is in milliseconds and goes on while
 * the process is stopped.
 */
export function createSharedLease(
  queries: Kysely<Schema>,
  token: string,
  generation: number,
  monotonicNow: () => number,
): Lease {
  let ledAt = Number.NEGATIVE_INFINITY
  let released = false

  return {
    renew: async () => {
      if (released) return { totals: await readTotals(queries), isLeader: false, hasEnded: false }
      const askedAt = monotonicNow()
      const { rows } = await reading(token, generation).execute(queries)
      const isLeader = rows.some(({ held }) => held > 0) && !released
      if (isLeader) ledAt = askedAt
      return { totals: toTotals(rows), isLeader, hasEnded: rows.some(({ ended }) => ended > 0) }
    },
    isLeader: () => !released && monotonicNow() - ledAt < leaseMs,
    endGeneration: async () => {
      await queries
        .updateTable('ledger')
        .set({ ended_generation: generation })
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
 * Takes or renews the lease where the ledger's series is this process's and stands; a process that may
 * not speak leaves word that it lives. An earlier series than ours is a ledger put back: ours has ended.
 */
function reading(token: string, generation: number) {
  const stands = sql<boolean>`(generation = ${generation}::bigint and coalesce(ended_generation, 0) < generation)`
  return sql<LeaseRow>`
  with renewed as (
    update ledger set
      lease_token = case when ${stands} then ${token} else lease_token end,
      lease_until = case when ${stands} then ${databaseNow} + ${leaseMs}::bigint else lease_until end,
      replica_seen_at = case when ${stands} then replica_seen_at else ${databaseNow} end
    where id = 1
      and (not ${stands} or lease_token = ${token} or lease_until < ${databaseNow})
    returning case when ${stands} then 1 else 0 end as held,
      case when generation < ${generation}::bigint or coalesce(ended_generation, 0) >= ${generation}::bigint
        then 1 else 0 end as ended
  )
  select renewed.held, renewed.ended, totals.counter, totals.label, sum(totals.total) as total
  from (select coalesce(max(held), 0) as held, coalesce(max(ended), 0) as ended from renewed) as renewed
  left join totals on true
  group by renewed.held, renewed.ended, totals.counter, totals.label`
}

/**
 * Takes the lease for a command that changes the ledger, whatever its series. Answers false where a
 * process of the service has it, or has renewed the ledger since `since`, in the database's time.
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

/** Gives a lease back that this token has. */
export async function releaseLease(queries: Kysely<Schema>, token: string): Promise<void> {
  await queries
    .updateTable('ledger')
    .set({ lease_token: null, lease_until: 0 })
    .where('lease_token', '=', token)
    .execute()
}

function toTotals(rows: readonly LeaseRow[]): readonly Total[] {
  return rows.flatMap(({ counter, label, total }) =>
    counter === null || label === null || total === null
      ? []
      : [{ counter: toCounterName(counter), label, total: Number(total) }],
  )
}
