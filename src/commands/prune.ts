import { createClock, readDatabaseTime } from '../database/clock.ts'
import { requireMigrated } from '../database/migrate.ts'
import type { LedgerDatabase } from '../database/open.ts'
import { AppError } from '../errors.ts'
import { type PrunedDeadLetters, pruneDeadLetters } from '../ledger/prune-dead-letters.ts'
import { type PrunedPosts, prunePosts } from '../marketing/posts/prune.ts'
import { nextReadStart } from '../stripe/sync/next-read-start.ts'
import { createSyncState } from '../stripe/sync/sync-state.ts'
import type { CommandContext } from './command.ts'
import { toIso } from './describe-ledger.ts'
import { readDurationMs } from './read-duration.ts'
import { readLedgerRow } from './read-ledger-row.ts'
import { type CommandDescription, readOptions } from './read-options.ts'
import { withLedgerToChange } from './stopped-ledger.ts'
import { formatTable } from './table.ts'

const description = {
  usage: 'npm run prune -- --older-than 180d [--yes | --dry-run] [--json]',
  about: `Deletes posts that finished, slots that were missed and dead letters that were dismissed before that period. Facts and
totals are never deleted, and neither is anything that keeps a payment or a post from being counted or sent twice.
Without --yes it only reports what it would delete, also beside the running service. On PostgreSQL it deletes beside the
running service; on SQLite the service has to be stopped.`,
  exitCodes: '0 done, 2 refused or failed.',
  options: {
    'older-than': { type: 'string', value: '<period>', help: 'at least 40d' },
    yes: { type: 'boolean', help: 'delete' },
    'dry-run': { type: 'boolean', help: 'only report, which is the default' },
  },
} as const satisfies CommandDescription
const { usage } = description

/** Stripe's events live 30 days and the reconcile looks 35 days back: what is younger may still be needed. */
const periodMsMin = 40 * 86_400_000

type Pruned = PrunedPosts & PrunedDeadLetters & { readonly before: number }

/** Deletes old posts and dead letters, or reports what it would delete. */
export async function prune(context: CommandContext): Promise<number> {
  const options = readOptions(context, description)
  if (options === undefined) return 0
  const { now, print } = context
  if (options.yes === true && options['dry-run'] === true)
    throw new AppError('invalid_request', `--yes and --dry-run exclude each other\nusage: ${usage}`)
  const period = options['older-than']
  const periodMs = readPeriodMs(period)
  const isDryRun = options.yes !== true
  const report = (pruned: Pruned): number => {
    if (options.json === true) print(toJson(pruned, isDryRun))
    else for (const line of describe(pruned, isDryRun, period ?? '')) print(line)
    return 0
  }
  const work = async (database: LedgerDatabase) =>
    report(await pruneLedger(database, { periodMs, isDryRun, now }))
  return withLedgerToChange(context, isDryRun, work)
}

function readPeriodMs(period: string | undefined): number {
  if (period === undefined)
    throw new AppError('invalid_request', `--older-than is missing\nusage: ${usage}`)
  const periodMs = readDurationMs('--older-than', period)
  if (periodMs < periodMsMin)
    throw new AppError(
      'invalid_request',
      `--older-than ${period}: give at least 40d. Stripe lists events for 30 days and the reconcile reads 35 days back`,
    )
  return periodMs
}

interface Pruning {
  readonly periodMs: number
  readonly isDryRun: boolean
  readonly now: () => number
}

async function pruneLedger(
  { engine, queries }: LedgerDatabase,
  { periodMs, isDryRun, now }: Pruning,
): Promise<Pruned> {
  const row = await readLedgerRow(queries)
  await requireMigrated(queries, engine)
  const genesis = row?.genesis ?? null
  if (genesis === null)
    throw new AppError(
      'not_ready',
      'the ledger counts nothing yet: there is nothing to delete until the service has reached Stripe',
    )
  const instant = engine === 'postgres' ? await readDatabaseTime(queries) : now()
  const before = instant - periodMs
  const syncState = createSyncState(queries, createClock(engine, now))
  const from = await nextReadStart({ syncState, genesis, now: instant })
  if (from < before)
    throw new AppError(
      'not_ready',
      `the next sweep or reconcile reads Stripe from ${toIso(from)} on, which is before ${toIso(before)}: ` +
        'start the service, wait until both have succeeded ("npm run doctor" shows it), and try again',
    )
  return {
    before,
    ...(await prunePosts(queries, before, isDryRun)),
    ...(await pruneDeadLetters(queries, before, isDryRun)),
  }
}

function describe(pruned: Pruned, isDryRun: boolean, period: string): readonly string[] {
  return [
    `before ${toIso(pruned.before)}`,
    '',
    ...formatTable([
      ['', isDryRun ? 'to delete' : 'deleted', 'kept'],
      ['finished posts and missed slots', String(pruned.posts), ''],
      ['manual posts that were not sent', '', String(pruned.keptManual)],
      ['posts with an unknown outcome', '', String(pruned.keptUnknown)],
      ['dismissed dead letters', String(pruned.deadLetters), ''],
      ['open dead letters', '', String(pruned.keptOpen)],
    ]),
    ...(isDryRun
      ? ['', `Nothing was changed. "npm run prune -- --older-than ${period} --yes" deletes them.`]
      : []),
  ]
}

function toJson(pruned: Pruned, isDryRun: boolean): string {
  return JSON.stringify({
    before: toIso(pruned.before),
    dry_run: isDryRun,
    posts: pruned.posts,
    dead_letters: pruned.deadLetters,
    kept: {
      manual_posts_not_sent: pruned.keptManual,
      unknown_posts: pruned.keptUnknown,
      open_dead_letters: pruned.keptOpen,
    },
  })
}
