import { type Kysely, sql } from 'kysely'
import type { Schema } from '../database/schema.ts'
import { type Total, toCounterName } from './fact.ts'
import { readTotals } from './read-totals.ts'

/** The committed totals, and whether this process speaks for the ledger. */
export interface Hearing {
  readonly totals: readonly Total[]
  readonly isVoice: boolean
}

/** The one process that shows the business counters. Any replica records; one speaks. */
export interface Voice {
  /** Reads the totals and, in the same statement, renews the lease or takes one that ran out. */
  hear(): Promise<Hearing>
  /** Whether this process spoke within the lease, for what it does beside showing pages. */
  isVoice(): boolean
  /** Gives the lease back, so that another replica need not wait for its end. Never takes it again. */
  giveBack(): Promise<void>
}

/** A page that was begun longer ago than this may no longer be shown: half the lease. */
export const pageAgeMsMax = 5_000
const leaseMs = 10_000

/** On SQLite the process itself is the voice: no other can have the file. */
export const createOnlyVoice = (queries: Kysely<Schema>): Voice => ({
  hear: async () => ({ totals: await readTotals(queries), isVoice: true }),
  isVoice: () => true,
  giveBack: () => Promise.resolve(),
})

interface HearingRow {
  readonly held: number
  readonly counter: string | null
  readonly label: string | null
  readonly total: number | null
}

/**
 * On PostgreSQL one row is leased for 10 s by a random token, in the database's time, for one series: a
 * process that knows an ended one never speaks. `monotonicNow` is in milliseconds and goes on while
 * the process is stopped.
 */
export const createLeasedVoice = (
  queries: Kysely<Schema>,
  token: string,
  series: number,
  monotonicNow: () => number,
): Voice => {
  let spokeAt = Number.NEGATIVE_INFINITY
  let gaveBack = false

  return {
    hear: async () => {
      if (gaveBack) return { totals: await readTotals(queries), isVoice: false }
      const askedAt = monotonicNow()
      const { rows } = await hearing(token, series).execute(queries)
      const isVoice = rows.some(({ held }) => held > 0) && !gaveBack
      if (isVoice) spokeAt = askedAt
      return { totals: toTotals(rows), isVoice }
    },
    isVoice: () => !gaveBack && monotonicNow() - spokeAt < leaseMs,
    giveBack: async () => {
      gaveBack = true
      await queries
        .updateTable('ledger')
        .set({ voice_token: null, voice_until: 0 })
        .where('voice_token', '=', token)
        .execute()
    },
  }
}

/** The database's clock at this very moment, in whole milliseconds. */
const databaseNow = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`

const hearing = (token: string, series: number) => sql<HearingRow>`
  with held as (
    update ledger set voice_token = ${token}, voice_until = ${databaseNow} + ${leaseMs}::bigint
    where id = 1 and series = ${series}::bigint
      and (voice_token = ${token} or voice_until < ${databaseNow})
    returning id
  )
  select count.held, totals.counter, totals.label, sum(totals.total) as total
  from (select count(*) as held from held) as count left join totals on true
  group by count.held, totals.counter, totals.label`

const toTotals = (rows: readonly HearingRow[]): readonly Total[] =>
  rows.flatMap(({ counter, label, total }) =>
    counter === null || label === null || total === null
      ? []
      : [{ counter: toCounterName(counter), label, total: Number(total) }],
  )
