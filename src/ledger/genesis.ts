import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Clock } from '../database/clock.ts'
import type { Schema } from '../database/schema.ts'
import { AppError } from '../errors.ts'

/** When counting began: objects that Stripe created before this instant (whole seconds, in ms) are not counted. */
export interface Genesis {
  /** The genesis; null until this process knows it. */
  known(): number | null
  /**
   * The same, read from the ledger if this process does not know it, since another may have set it.
   * Rejects with `not_committed` while no process knows Stripe's clock.
   */
  require(): Promise<number>
  /**
   * Sets the genesis from Stripe's current time, in ms. Only the first call has an effect.
   * Rejects with `not_committed`.
   */
  establish(stripeNow: number): Promise<number>
}

const reachMsMax = 30 * 86_400_000

/**
 * The genesis is Stripe's time when first known, minus the time since the first start by the ledger's
 * clock: never in the future, even if our own clock is wrong. If the clock was set back since the first
 * start, that duration is too short; it is at least the time since this process opened the ledger.
 */
export function createGenesis(
  queries: Kysely<Schema>,
  clock: Clock,
  initial: number | null,
  monotonicNow: () => number = () => performance.now(),
): Genesis {
  const openedAt = monotonicNow()
  let value = initial
  let establishing: Promise<number> | undefined

  const read = async (): Promise<number | null> => {
    const row = await orUnknown(
      queries.selectFrom('ledger').select('genesis').executeTakeFirstOrThrow(),
    )
    value = row.genesis
    return value
  }

  const set = async (stripeNow: number): Promise<number> => {
    const livedMs = Math.min(reachMsMax, Math.floor((monotonicNow() - openedAt) / 1000) * 1000)
    const passedMs = sql<number>`(${clock()} - started_at)`
    const genesis = toWholeSecond(sql`${stripeNow} - ${clamp(passedMs, livedMs, reachMsMax)}`)
    await orUnknown(
      queries.updateTable('ledger').set({ genesis }).where('genesis', 'is', null).execute(),
    )
    const established = await read()
    if (established === null) throw unknown()
    return established
  }

  return {
    known: () => value,
    require: async () => {
      await establishing?.catch(() => undefined)
      const genesis = value ?? (await read())
      if (genesis === null) throw unknown()
      return genesis
    },
    establish: async (stripeNow) => {
      if (value !== null) return value
      establishing ??= set(stripeNow).finally(() => {
        establishing = undefined
      })
      return establishing
    },
  }
}

function clamp(value: RawBuilder<number>, min: number, max: number): RawBuilder<number> {
  return sql<number>`(case when ${value} < ${sql.lit(min)} then ${sql.lit(min)} when ${value} > ${sql.lit(max)} then ${sql.lit(max)} else ${value} end)`
}

/** Rounds down to whole seconds, Stripe's resolution, in ms. Works in both engines. */
export function toWholeSecond(instantMs: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`cast(cast(${instantMs} as bigint) / 1000 as bigint) * 1000`
}

function orUnknown<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw unknown(cause)
  })
}

function unknown(cause?: unknown): AppError {
  return new AppError(
    'not_committed',
    "the start of counting is not known yet: Stripe's clock has not been observed since the first start. Send it again",
    { cause },
  )
}
