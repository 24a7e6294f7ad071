import { type Kysely, sql } from 'kysely'
import { databaseNow } from '../../database/clock.ts'
import type { Schema } from '../../database/schema.ts'
import { type Total, toCounterName } from '../fact.ts'
import { readTotals } from '../read/totals.ts'

/** The committed totals, and whether this process speaks for the ledger. */
export interface Hearing {
  readonly totals: readonly Total[]
  readonly isVoice: boolean
  /** Whether somebody saw the ledger fall below what this series had shown: it is not shown again. */
  readonly hasEnded: boolean
}

/** The one process that shows the business counters. Any replica records; one speaks. */
export interface Voice {
  /** Reads the totals and, in the same statement, renews the lease or takes one that ran out. */
  hear(): Promise<Hearing>
  /** Whether this process spoke within the lease, for what it does beside showing pages. */
  isVoice(): boolean
  /**
   * Writes into the ledger that this series has ended, whoever the voice is. To be called at
   * every hearing: the database may be away, or another copy of it may take its place.
   */
  endSeries(): Promise<void>
  /** Gives the lease back, so that another replica need not wait for its end. Never takes it again. */
  giveBack(): Promise<void>
}

/** A page that was begun longer ago than this may no longer be shown: half the lease. */
export const pageAgeMsMax = 5_000
const leaseMs = 10_000

/** On SQLite the process itself is the voice: no other can have the file. */
export function createOnlyVoice(queries: Kysely<Schema>): Voice {
  return {
    hear: async () => ({ totals: await readTotals(queries), isVoice: true, hasEnded: false }),
    isVoice: () => true,
    // `<ledger>.shown` remembers it.
    endSeries: () => Promise.resolve(),
    giveBack: () => Promise.resolve(),
  }
}

interface HearingRow {
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
export function createLeasedVoice(
  queries: Kysely<Schema>,
  token: string,
  series: number,
  monotonicNow: () => number,
): Voice {
  let spokeAt = Number.NEGATIVE_INFINITY
  let gaveBack = false

  return {
    hear: async () => {
      if (gaveBack) return { totals: await readTotals(queries), isVoice: false, hasEnded: false }
      const askedAt = monotonicNow()
      const { rows } = await hearing(token, series).execute(queries)
      const isVoice = rows.some(({ held }) => held > 0) && !gaveBack
      if (isVoice) spokeAt = askedAt
      return { totals: toTotals(rows), isVoice, hasEnded: rows.some(({ ended }) => ended > 0) }
    },
    isVoice: () => !gaveBack && monotonicNow() - spokeAt < leaseMs,
    endSeries: async () => {
      await queries
        .updateTable('ledger')
        .set({ ended_series: series })
        .where('series', '<=', series)
        .where((where) =>
          where.or([where('ended_series', 'is', null), where('ended_series', '<', series)]),
        )
        .execute()
    },
    giveBack: async () => {
      gaveBack = true
      await giveLeaseBack(queries, token)
    },
  }
}

/**
 * Takes or renews the lease where the ledger's series is this process's and stands; a process that may
 * not speak leaves word that it lives. An earlier series than ours is a ledger put back: ours has ended.
 */
function hearing(token: string, series: number) {
  const stands = sql<boolean>`(series = ${series}::bigint and coalesce(ended_series, 0) < series)`
  return sql<HearingRow>`
  with heard as (
    update ledger set
      voice_token = case when ${stands} then ${token} else voice_token end,
      voice_until = case when ${stands} then ${databaseNow} + ${leaseMs}::bigint else voice_until end,
      silenced_at = case when ${stands} then silenced_at else ${databaseNow} end
    where id = 1
      and (not ${stands} or voice_token = ${token} or voice_until < ${databaseNow})
    returning case when ${stands} then 1 else 0 end as held,
      case when series < ${series}::bigint or coalesce(ended_series, 0) >= ${series}::bigint
        then 1 else 0 end as ended
  )
  select heard.held, heard.ended, totals.counter, totals.label, sum(totals.total) as total
  from (select coalesce(max(held), 0) as held, coalesce(max(ended), 0) as ended from heard) as heard
  left join totals on true
  group by heard.held, heard.ended, totals.counter, totals.label`
}

/**
 * Takes the lease for a command that changes the ledger, whatever its series. Answers false where a
 * process of the service has it, or has heard the ledger since `since`, in the database's time.
 */
export async function takeLease(
  queries: Kysely<Schema>,
  token: string,
  since: number,
): Promise<boolean> {
  const { rows } = await sql<{ id: number }>`
    update ledger set voice_token = ${token}, voice_until = ${databaseNow} + ${leaseMs}::bigint
    where id = 1 and voice_until < ${databaseNow} and silenced_at < ${since}::bigint
    returning id`.execute(queries)
  return rows.length > 0
}

/** Gives a lease back that this token has. */
export async function giveLeaseBack(queries: Kysely<Schema>, token: string): Promise<void> {
  await queries
    .updateTable('ledger')
    .set({ voice_token: null, voice_until: 0 })
    .where('voice_token', '=', token)
    .execute()
}

function toTotals(rows: readonly HearingRow[]): readonly Total[] {
  return rows.flatMap(({ counter, label, total }) =>
    counter === null || label === null || total === null
      ? []
      : [{ counter: toCounterName(counter), label, total: Number(total) }],
  )
}
