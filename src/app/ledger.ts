import { randomBytes, randomInt } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { createClock } from '../database/clock.ts'
import { migrate } from '../database/migrate.ts'
import type { LedgerDatabase } from '../database/open.ts'
import { reachDatabase } from '../database/reach.ts'
import { adviseOn } from '../database/schema-version.ts'
import { type LedgerIdentity, openIdentity, tieAccount } from '../ledger/identity.ts'
import type { OpenExpositionOptions } from '../ledger/leader/open-exposition.ts'
import { createLedger, type Ledger } from '../ledger/record/ledger.ts'
import type { Logger } from '../log.ts'
import type { AccountLookup } from '../stripe/client/look-up-account.ts'
import { refuseOtherAccount } from '../stripe/client/named-account.ts'
import type { StripeClock } from '../stripe/client/stripe-clock.ts'
import type { AppDependencies } from './dependencies.ts'

/** Resolves once the database can be reached and its tables are up to date. */
export async function prepareDatabase(database: LedgerDatabase, log: Logger): Promise<void> {
  await reachDatabase(database, {
    monotonicNow: () => performance.now(),
    warn: (reason) => log.warn({ reason }, 'the database cannot be reached yet'),
  })
  const versions = await migrate(database.queries, database.engine, {
    warn: (reason) =>
      log.warn({ reason }, "the ledger's tables are in use, so the migration waits"),
  })
  const advice = adviseOn(versions)
  if (advice !== undefined) log.warn({ ...versions }, advice)
}

const accountWaitMs = 1_500

/**
 * Opens the ledger's identity for the account of the Stripe key. A new ledger's genesis is set by Stripe's first
 * response or webhook. Throws `ledger_mismatch`, and `invalid_settings` if the settings name another account.
 */
export async function openLedgerIdentity(
  { mode, stripe }: Config,
  { now, onFatal }: AppDependencies,
  database: LedgerDatabase,
  lookup: AccountLookup,
  stripeClock: StripeClock,
): Promise<LedgerIdentity> {
  const { queries, engine } = database
  const account = await lookup.within(accountWaitMs)
  if (account !== undefined) refuseOtherAccount(account.id, stripe.account)
  const identity = await openIdentity(queries, {
    mode,
    account: account?.id ?? null,
    clock: createClock(engine, now),
    createLedgerId: () => randomBytes(4).toString('hex'),
  })
  if (database.engine === 'postgres') database.onlyFor(identity.ledgerId)
  // A failure is retried with Stripe's next response.
  stripeClock.onObserved((date) => void identity.genesis.establish(date).catch(() => undefined))
  const tie = async (id: string): Promise<void> => {
    refuseOtherAccount(id, stripe.account)
    await tieAccount(queries, id)
  }
  lookup.onceKnown(({ id }) => void tie(id).catch(onFatal))
  return identity
}

/** The number of rows per total, so that replicas do not wait for each other's row lock. */
const shardCount = 16

/** Two, so that one batch is committed while the next one is on its way. */
function chooseShards(first: number): readonly [number, number] {
  return [first, (first + shardCount / 2) % shardCount]
}

/**
 * Opens the ledger of a database. Each commit with known totals raises the counters. On SQLite, a high-water mark is
 * written before the first fact, so that even a file lost before the first scrape is noticed.
 */
export function openLedger(
  { now, limits }: AppDependencies,
  database: LedgerDatabase,
  identity: LedgerIdentity,
  { appliedTotals, highWaterMark }: Pick<OpenExpositionOptions, 'appliedTotals' | 'highWaterMark'>,
): Ledger {
  const batchMax = limits?.recordBatchMax
  return createLedger({
    database,
    shards: chooseShards(randomInt(shardCount)),
    identity,
    now,
    onCommitted: appliedTotals.apply,
    beforeFirst: async () => highWaterMark?.begin(identity.seriesId),
    ...(batchMax === undefined ? {} : { batchMax }),
  })
}
