import { z } from 'zod'
import type { LedgerRow } from '../database/schema.ts'
import { AppError } from '../errors.ts'
import type { Total } from '../ledger/fact.ts'
import type { HighWaterMark } from '../ledger/leader/high-water-mark.ts'
import { amendLedger } from '../ledger/leader/new-generation.ts'
import type { CommandContext } from './command.ts'
import { describeGenesis, describeLedger, seriesIdOf, toIso } from './describe-ledger.ts'
import { type CommandDescription, printerOf, readOptions } from './read-options.ts'
import { withStoppedLedger } from './stopped-ledger.ts'

const description = {
  usage: 'npm run backfill -- --since 2026-01-31 [--new-stream] [--json]',
  about: `Moves the genesis back, so that payments, refunds and checkouts since then count too. Stop every process first. Once the
counters were exposed it is refused, because what is added would look like a burst, unless --new-stream is given.`,
  exitCodes: '0 done, 2 refused or failed.',
  options: {
    since: {
      type: 'string',
      value: '<day>',
      help: 'a day (UTC) or an instant such as 2026-01-31T09:00:00Z',
    },
    'new-stream': { type: 'boolean', help: 'end the series and begin a new one' },
  },
} as const satisfies CommandDescription
const { usage } = description

const instant = z.union([z.iso.datetime({ offset: true }), z.iso.date()])
const eventDaysMs = 30 * 86_400_000

/**
 * Moves the genesis back, so that what Stripe's lists contain since then is counted. If anything was already
 * exposed, that would look like a burst, so it then requires `--new-stream`, which ends the series.
 */
export async function backfill(context: CommandContext): Promise<number> {
  const options = readOptions(context, description)
  if (options === undefined) return 0
  const { config, now } = context
  const print = printerOf(options.json, context.print)
  const since = readSince(options.since, now())
  const newStream = options['new-stream'] === true
  return withStoppedLedger(config.database, { print, now }, async (ledger) => {
    const before = await ledger.readRow()
    refuseLater(since, before)
    const mark = await ledger.readHighWaterMark()
    if (wasExposed(before, ledger.committed, mark) && !newStream) throw exposedAlready(before)
    await amendLedger(ledger.database.queries, {
      genesis: since,
      ...(newStream ? { newGenerationAt: await ledger.readNow(), mark } : {}),
    })
    if (newStream) await ledger.removeHighWaterMark()
    const after = await ledger.readRow()
    for (const line of describeLedger(after, ledger.committed, undefined)) print(line)
    print('')
    print(
      `The genesis moved from ${describeGenesis(before.genesis)} to ${describeGenesis(after.genesis)}.`,
    )
    if (newStream)
      print(
        `The series ${seriesIdOf(before)} has ended; pages carry instance="${seriesIdOf(after)}": scrape with honor_labels: true.`,
      )
    if (now() - since > eventDaysMs)
      print('Stripe lists events for 30 days: older attempts that made no charge are not found.')
    print('Start the service: its first sweep and reconcile read from there on.')
    if (options.json === true)
      context.print(
        JSON.stringify({
          genesis: after.genesis === null ? null : toIso(after.genesis),
          former_genesis: before.genesis === null ? null : toIso(before.genesis),
          series_id: seriesIdOf(after),
          former_series_id: newStream ? seriesIdOf(before) : null,
        }),
      )
    return 0
  })
}

function readSince(text: string | undefined, now: number): number {
  if (text === undefined)
    throw new AppError('invalid_request', `--since is missing\nusage: ${usage}`)
  if (!instant.safeParse(text).success)
    throw new AppError(
      'invalid_request',
      `--since ${text}: give a day such as 2026-01-31 (UTC) or an instant such as 2026-01-31T09:00:00Z`,
    )
  const since = Date.parse(text)
  if (since > now)
    throw new AppError(
      'invalid_request',
      `--since ${text}: this is in the future: give a day before today`,
    )
  return since
}

function refuseLater(since: number, { genesis }: LedgerRow): void {
  if (genesis !== null && since >= genesis)
    throw new AppError(
      'invalid_request',
      `--since ${toIso(since)}: the ledger begins at ${toIso(genesis)} already: give an earlier day, a genesis never moves forward`,
    )
}

/** Whether a number other than 0 may have been exposed. */
function wasExposed(
  row: LedgerRow,
  committed: readonly Total[],
  mark: HighWaterMark | undefined,
): boolean {
  return (
    row.generation > 1 ||
    committed.some(({ total }) => total > 0) ||
    (mark?.seriesId === seriesIdOf(row) && mark.totals.some(({ total }) => total > 0))
  )
}

function exposedAlready(row: LedgerRow): AppError {
  return new AppError(
    'invalid_request',
    `the counters of the series ${seriesIdOf(row)} have been exposed: to count what is older would look like a burst. ` +
      'Add --new-stream to end that series and begin a new one',
  )
}
