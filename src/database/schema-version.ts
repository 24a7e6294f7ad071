import { type Kysely, sql } from 'kysely'
import { AppError } from '../errors.ts'
import { databaseNow } from './clock.ts'
import type { Schema } from './schema.ts'

/** The schemas of this release and of a ledger, each the number of its last migration; 0 without any. */
export interface SchemaVersions {
  readonly release: number
  readonly ledger: number
  /** The oldest schema of a release that can work on this ledger. */
  readonly needed: number
}

/** A migration's number, and the oldest schema of a release that can work on the ledger after it. */
interface MigrationKind {
  readonly number: number
  /** 0 if it only adds. */
  readonly needed: number
}

const contractName = /^\d{4}-contract-(\d{4})-/

/**
 * A migration only adds, unless its name is `<number>-contract-<schema>-<what>`: then it removes what releases of that
 * schema and later do not use. A name is all that an older release can know of it.
 */
export function kindOf(name: string): MigrationKind {
  const number = Number(/^\d{4}(?=-)/.exec(name)?.[0] ?? Number.NaN)
  if (Number.isNaN(number)) throw notOurs(name)
  return { number, needed: Number(contractName.exec(name)?.[1] ?? 0) }
}

/** Compares the migrations of this release with those that a ledger has. */
export function compareSchemas(
  known: readonly string[],
  applied: readonly string[],
): SchemaVersions {
  const kinds = applied.map(kindOf)
  return {
    release: lastOf(known.map(kindOf)),
    ledger: lastOf(kinds),
    needed: Math.max(0, ...kinds.map(({ needed }) => needed)),
  }
}

function lastOf(kinds: readonly MigrationKind[]): number {
  return Math.max(0, ...kinds.map(({ number }) => number))
}

/** Throws `ledger_too_new` if a later release removed from the ledger what this one uses. */
export function refuseTooNew({ release, ledger, needed }: SchemaVersions): void {
  if (needed > release)
    throw new AppError(
      'ledger_too_new',
      `the ledger was written by a newer countinghouse: its schema ${ledger} needs a release of schema ${needed} or later, and this one has ${release}. ` +
        'Start that release, or put back a backup from before the upgrade',
    )
}

/** What an operator should do about two different schemas; undefined if nothing. */
export function adviseOn(versions: SchemaVersions): string | undefined {
  const { release, ledger, needed } = versions
  if (needed > release)
    return `the ledger's schema ${ledger} needs a release of schema ${needed} or later, and this one has ${release}: replace this process by the newer release`
  if (ledger > release)
    return `a newer release has brought the ledger to schema ${ledger}, on which this one of schema ${release} works too: finish the upgrade, or go on with either`
  if (ledger < release)
    return `the ledger has schema ${ledger} and this release ${release}: start the service of this release, which brings it up to date`
  return undefined
}

/** The error of a ledger that has migrations unknown here and lacks some that are known. */
export function diverged(unknown: readonly string[], pending: readonly string[]): AppError {
  return new AppError(
    'ledger_too_new',
    `the ledger has ${unknown.join(', ')} and lacks ${pending.join(', ')}, so it was written by another branch of countinghouse: start a release that has all of them`,
  )
}

/** The schema since which the ledger's row has a lease. */
const leaseSince = 3

/**
 * Throws `ledger_too_old` if a pending migration would remove what the replicas of the ledger's schema may use and one of
 * them runs: a live lease is one of theirs. For PostgreSQL.
 */
export async function refuseWhileUsed(
  queries: Kysely<Schema>,
  { ledger, release }: SchemaVersions,
  pending: readonly string[],
): Promise<void> {
  const needed = Math.max(0, ...pending.map((name) => kindOf(name).needed))
  if (ledger < leaseSince || needed <= ledger) return
  const { rows } = await sql`select 1 from ledger where lease_until > ${databaseNow}`.execute(
    queries,
  )
  if (rows.length > 0)
    throw new AppError(
      'ledger_too_old',
      `the ledger has schema ${ledger} and a replica of such a release runs, or was killed less than 10 s ago; this release of schema ${release} removes what it uses. ` +
        `Upgrade to a release of schema ${needed} first, or stop every replica`,
    )
}

function notOurs(name: string): AppError {
  return new AppError(
    'ledger_too_new',
    `the ledger has the migration ${JSON.stringify(name)}, which is none of countinghouse's: check DATABASE_URL, or start the release that made it`,
  )
}
