import { describePostgresUrl } from '../database/postgres-url.ts'
import { AppError } from '../errors.ts'
import { fallsBelow, parseSeriesId } from '../ledger/leader/high-water-mark.ts'
import { refuseLostFile } from '../ledger/leader/lost-file.ts'
import { moveTables } from '../ledger/move/move.ts'
import { readSourceSeal, unsealSource } from '../ledger/move/source-seal.ts'
import type { CommandContext } from './command.ts'
import { describeLedger, seriesIdOf } from './describe-ledger.ts'
import { copyEmulatorStore } from './move-emulator-store.ts'
import { describeMove, moveToJson } from './move-report.ts'
import { openTarget, readTarget, requireFile } from './move-target.ts'
import { type CommandDescription, printerOf, readOptions, reportProgress } from './read-options.ts'
import { type StoppedLedger, withStoppedLedger } from './stopped-ledger.ts'

const description = {
  usage: 'npm run move-ledger -- --to postgres://… [--json] | --cancel',
  about: `Moves the SQLite ledger of DATABASE_URL to an empty PostgreSQL database, with its id, genesis and generation, so that its
series go on. Stop the service first. Every table is copied and compared, by the number of rows and a checksum of every
value; then the file is sealed, and no process starts on it again. After an interruption, run the same command again:
it continues. Until the end neither side can be started. There is no way back to a file.`,
  exitCodes:
    '0 moved, 1 the copy differs and neither side can be started, 2 refused or interrupted by a failure.',
  options: {
    to: {
      type: 'string',
      value: '<url>',
      help: 'the empty database; PGPASSWORD may hold its password',
    },
    cancel: {
      type: 'boolean',
      help: 'give up a move that is not complete and go on with the file',
    },
  },
} as const satisfies CommandDescription
const { usage } = description

/** Moves a SQLite ledger to PostgreSQL, or cancels a move that is not complete. */
export async function moveLedger(context: CommandContext): Promise<number> {
  const options = readOptions(context, description)
  if (options === undefined) return 0
  const { to, cancel } = options
  if ((to === undefined) === (cancel !== true))
    throw new AppError('invalid_request', `give either --to or --cancel\nusage: ${usage}`)
  const url = to === undefined ? undefined : readTarget(to)
  const file = requireFile(context.config.database)
  refuseLostFile(file)
  const print = printerOf(options.json, context.print)
  const printJson = options.json === true ? context.print : undefined
  const stopped = { print: reportProgress, now: context.now, mayBeSealed: true }
  return withStoppedLedger(file, stopped, (ledger) =>
    url === undefined
      ? cancelMove(ledger, print, printJson)
      : moveTo(url, ledger, { ...context, print }, printJson),
  )
}

async function moveTo(
  url: string,
  ledger: StoppedLedger,
  context: CommandContext,
  printJson: CommandContext['print'] | undefined,
): Promise<number> {
  const { database, committed } = ledger
  await refuseFallen(ledger)
  const places = { from: pathOf(ledger), to: describePostgresUrl(url) }
  const target = await openTarget(url)
  try {
    const result = await moveTables({
      source: database.queries,
      target: target.queries,
      places,
      now: context.now,
      report: reportProgress,
    })
    if (result.outcome !== 'different') await copyEmulatorStore(context.config, url)
    const row = await target.queries.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
    for (const line of describeLedger(row, committed, await ledger.readHighWaterMark()))
      context.print(line)
    for (const line of describeMove(result, places, row)) context.print(line)
    printJson?.(moveToJson(result, places, row))
    return result.outcome === 'different' ? 1 : 0
  } finally {
    await target.close()
  }
}

/** What was exposed is on the file's side alone, so it is compared before it is left behind. */
async function refuseFallen(ledger: StoppedLedger): Promise<void> {
  const mark = await ledger.readHighWaterMark()
  if (mark === undefined) return
  const seriesId = seriesIdOf(await ledger.readRow())
  const isForeign = parseSeriesId(mark.seriesId).ledgerId !== parseSeriesId(seriesId).ledgerId
  if (isForeign || fallsBelow(mark, seriesId, ledger.committed))
    throw new AppError(
      'ledger_fell',
      'the high-water mark beside the ledger says that more was exposed than it holds, or is of another ledger: ' +
        'run "npm run recover" first, or put back the ledger that belongs to it',
    )
}

async function cancelMove(
  ledger: StoppedLedger,
  print: CommandContext['print'],
  printJson: CommandContext['print'] | undefined,
): Promise<number> {
  const { queries } = ledger.database
  const seal = await readSourceSeal(queries)
  if (seal === undefined)
    throw new AppError(
      'invalid_request',
      'no move of this ledger is under way: nothing was changed',
    )
  if (seal.state === 'left')
    throw new AppError(
      'ledger_mismatch',
      `this ledger was moved to ${seal.place}: it cannot be opened again, because the copy there records`,
    )
  await unsealSource(queries, seal)
  print(`The move to ${seal.place} is cancelled: the service starts on ${pathOf(ledger)} again.`)
  print('Drop the database there: its copy is not complete and cannot be opened.')
  printJson?.(JSON.stringify({ outcome: 'cancelled', from: pathOf(ledger), to: seal.place }))
  return 0
}

function pathOf({ database }: StoppedLedger): string {
  return database.engine === 'sqlite' ? database.path : ''
}
