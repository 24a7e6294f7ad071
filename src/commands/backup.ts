import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { copySqlite } from '../database/copy-sqlite.ts'
import { readDatabase } from '../database/open.ts'
import type { LedgerRow } from '../database/schema.ts'
import { AppError } from '../errors.ts'
import { formerSuffix, highWaterMarkPathOf } from '../ledger/leader/high-water-mark.ts'
import type { CommandContext } from './command.ts'
import { describeLedger, seriesIdOf, toIso } from './describe-ledger.ts'
import { readLedgerRow } from './read-ledger-row.ts'
import { type CommandDescription, readOptions, reportProgress } from './read-options.ts'
import { readSeriesCounts, type SeriesCount } from './read-series-counts.ts'

const description = {
  usage: 'npm run backup -- --to <file> [--json]',
  about: `Copies a SQLite ledger into one file, also while the service is running: the state at the moment the command begins.
The copy is checked: SQLite's integrity check, and the totals against the facts. An existing file is never overwritten.
The high-water mark is not copied: it has to stay beside the ledger, so that a restore is noticed.`,
  exitCodes: '0 done, 1 copied but the totals differ from the facts, 2 no backup was made.',
  options: {
    to: { type: 'string', value: '<file>', help: 'where the copy goes; its folder must exist' },
  },
} as const satisfies CommandDescription

interface CheckedCopy {
  readonly row: LedgerRow
  readonly counts: ReadonlyMap<string, SeriesCount>
}

/**
 * Backs up a SQLite ledger beside the running service and checks the copy. With PostgreSQL it refuses and names
 * `pg_dump`. Resolves with 1 if the copy's totals or hourly sums differ from its facts, as the ledger's then do.
 */
export async function backup(context: CommandContext): Promise<number> {
  const { print } = context
  const options = readOptions(context, description)
  if (options === undefined) return 0
  const path = await requireSqlite(context)
  if (options.to === undefined || options.to === '')
    throw new AppError('invalid_request', `--to is missing\nusage: ${description.usage}`)
  const to = resolve(options.to)
  refuseOwnFiles(path, to)
  const { row, counts } = await copySqlite({
    path,
    to,
    check: checkCopy,
    report: createReporter(),
    signal: abortOnSignals(),
  })
  const series = [...counts.values()]
  const agrees = series.every(({ facts, total, hourly }) => facts === total && facts === hourly)
  const facts = series.reduce((sum, one) => sum + one.facts, 0)
  const { size: bytes } = statSync(to)
  if (options.json === true) print(toJson({ file: to, bytes, facts, agrees }, row, counts))
  else {
    print(`backup  ${to}, ${bytes} bytes`)
    const totals = series.map(({ counter, label, total }) => ({ counter, label, total }))
    for (const line of describeLedger(row, totals, undefined)) print(line)
    print(`facts   ${facts}`)
    print('')
    print(agrees ? 'The totals agree with the facts.' : disagreement)
  }
  return agrees ? 0 : 1
}

const disagreement =
  'The totals or the sums by the hour differ from the facts, in the ledger too: run "npm run verify".'

/** The path of the ledger, which exists and is of this version. */
async function requireSqlite({ config }: CommandContext): Promise<string> {
  const { database: location } = config
  if (location.engine === 'postgres')
    throw new AppError(
      'invalid_request',
      'the ledger is in PostgreSQL: back it up with PostgreSQL\'s own tools, such as pg_dump --format=custom --file=<file> "$DATABASE_URL"',
    )
  const database = await readDatabase(location)
  try {
    if ((await readLedgerRow(database.queries)) === undefined)
      throw new AppError('database_unavailable', `there is no ledger in ${location.path} yet`)
  } finally {
    await database.close()
  }
  return realpathSync(location.path)
}

/** SQLite or the service would take the copy for a file of the ledger. */
function refuseOwnFiles(path: string, to: string): void {
  const mark = highWaterMarkPathOf(path)
  const beside = ['', '-wal', '-shm', '-journal', '.lock', formerSuffix]
  const own = [...beside.map((suffix) => `${path}${suffix}`), mark, `${mark}.new`]
  const folder = dirname(to)
  const target = folder === dirname(path) ? to : join(realFolder(folder), basename(to))
  if (own.includes(target))
    throw new AppError(
      'invalid_request',
      `--to ${to}: that is a file of the ledger itself: name another one`,
    )
}

function realFolder(folder: string): string {
  return statSync(folder, { throwIfNoEntry: false }) === undefined ? folder : realpathSync(folder)
}

async function checkCopy(path: string): Promise<CheckedCopy> {
  const database = await readDatabase({ engine: 'sqlite', path })
  try {
    const row = await database.queries.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
    return { row, counts: await readSeriesCounts(database.queries) }
  } finally {
    await database.close()
  }
}

const reportEvery = 0.1

/** Reports every tenth on standard error. */
function createReporter(): (share: number) => void {
  let reported = 0
  return (share) => {
    if (share === 1) reportProgress('copied; checking the copy')
    if (share === 1 || share < reported + reportEvery) return
    reported = share
    reportProgress(`copied ${Math.floor(share * 100)} %`)
  }
}

function abortOnSignals(): AbortSignal {
  const aborter = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => aborter.abort(name))
  return aborter.signal
}

function toJson(
  result: Readonly<Record<'file' | 'bytes' | 'facts' | 'agrees', string | number | boolean>>,
  row: LedgerRow,
  counts: CheckedCopy['counts'],
): string {
  return JSON.stringify({
    ...result,
    ledger_id: row.ledger_id,
    series_id: seriesIdOf(row),
    mode: row.mode,
    account: row.account,
    genesis: row.genesis === null ? null : toIso(row.genesis),
    series: [...counts.values()],
  })
}
