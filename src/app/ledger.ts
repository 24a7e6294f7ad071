import { randomBytes, randomInt } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { migrate } from '../database/migrate.ts'
import { type LedgerDatabase, openDatabase } from '../database/open.ts'
import { reachDatabase } from '../database/reach.ts'
import type { Total } from '../ledger/fact.ts'
import { openIdentity, tieAccount } from '../ledger/identity.ts'
import { createCommitEngine } from '../ledger/record/create-engine.ts'
import { createLedger, type Ledger } from '../ledger/record/ledger.ts'
import type { Logger } from '../log.ts'
import type { StripeGateway } from '../stripe/client/gateway.ts'
import { lookUpAccount } from '../stripe/client/look-up-account.ts'

/** Opens the ledger's database once it can be reached, and brings its tables up to date. */
export async function openLedgerDatabase(
  config: Config,
  log: Logger,
  stack: AsyncDisposableStack,
): Promise<LedgerDatabase> {
  const database = await openDatabase(config.database, (message) => log.warn(message))
  stack.defer(() => database.close())
  await reachDatabase(database, {
    monotonicNow: () => performance.now(),
    warn: (reason) => log.warn({ reason }, 'the database cannot be reached yet'),
  })
  await migrate(database.queries, database.engine)
  return database
}

export interface LedgerParts {
  readonly database: LedgerDatabase
  readonly gateway: StripeGateway
  readonly now: () => number
  readonly log: Logger
  readonly onCommitted: (totals: readonly Total[]) => void
  /** Called when the Stripe account turns out to be another one. */
  readonly onFatal: (error: unknown) => void
  readonly recordBatchMax: number | undefined
}

const accountWaitMs = 1_500

/** How many rows a total is spread over, so that replicas do not queue on one. */
const shardCount = 16

/**
 * Opens the ledger for the account of the Stripe key; a new one begins now, by Stripe's clock where it
 * was reached. Throws `ledger_mismatch`.
 */
export async function openLedger(
  config: Config,
  parts: LedgerParts,
  stack: AsyncDisposableStack,
): Promise<Ledger> {
  const { database, gateway, now, log, onCommitted, onFatal, recordBatchMax } = parts
  const { queries } = database
  const lookup = lookUpAccount(gateway, log)
  stack.defer(() => lookup.stop())
  const account = await lookup.within(accountWaitMs)
  const identity = await openIdentity(queries, {
    mode: config.mode,
    account: account?.id ?? null,
    now: account?.stripeNow ?? now(),
    createLedgerId: () => randomBytes(4).toString('hex'),
  })
  lookup.onceKnown(({ id }) => void tieAccount(queries, id).catch(onFatal))
  return createLedger({
    queries,
    engine: createCommitEngine(database, randomInt(shardCount)),
    identity,
    now,
    onCommitted,
    ...(recordBatchMax === undefined ? {} : { batchMax: recordBatchMax }),
  })
}
