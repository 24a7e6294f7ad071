import type { LedgerRow } from '../database/schema.ts'
import { messageOf } from '../errors.ts'
import type { Total } from '../ledger/fact.ts'
import { fallsBelow, type HighWaterMark, parseSeriesId } from '../ledger/leader/high-water-mark.ts'
import { isFileLost } from '../ledger/leader/lost-file.ts'
import { amendLedger } from '../ledger/leader/new-generation.ts'
import type { CommandContext } from './command.ts'
import { describeLedger, seriesIdOf } from './describe-ledger.ts'
import { type CommandDescription, printerOf, readOptions } from './read-options.ts'
import { recoverLostFile } from './recover-lost-file.ts'
import { withStoppedLedger } from './stopped-ledger.ts'

const description = {
  usage: 'npm run recover -- [--yes] [--json]',
  about: `For a ledger that lost commits, because an older backup was restored or a lagging standby was promoted: ends its series,
begins the next one at the committed totals, and has the next sweep and reconcile read everything again. Stop every
process first. Without --yes it only reports and changes nothing.`,
  exitCodes: '0 done, 2 refused or failed.',
  options: { yes: { type: 'boolean', help: 'end the series and begin the next one' } },
} as const satisfies CommandDescription

/**
 * For a ledger that lost commits because an older backup was restored or a lagging standby was promoted:
 * ends the series, so that a new one starts at the committed totals, and makes the next sweep and reconcile
 * read everything again. Changes nothing without `--yes`.
 */
export function recover(context: CommandContext): Promise<number> {
  const options = readOptions(context, description)
  if (options === undefined) return Promise.resolve(0)
  const { config, now } = context
  const { yes, json } = options
  const print = printerOf(json, context.print)
  if (config.database.engine === 'sqlite' && isFileLost(config.database))
    return recoverLostFile(context, config.database, yes === true)
  return withStoppedLedger(config.database, { print, now }, async (ledger) => {
    const before = await ledger.readRow()
    const mark = await ledger.readHighWaterMark().catch((cause: unknown) => {
      print(messageOf(cause))
      return undefined
    })
    for (const line of describeLedger(before, ledger.committed, mark)) print(line)
    print(describeLoss(mark, before, ledger.committed))
    if (yes !== true) {
      print('')
      print(
        `Nothing was changed. "npm run recover -- --yes" ends the series ${seriesIdOf(before)},`,
      )
      print('begins the next one at the committed totals, and has the next sweep and reconcile')
      print("read Stripe's lists from the genesis on.")
      if (json === true) context.print(toJson(seriesIdOf(before), undefined))
      return 0
    }
    await amendLedger(ledger.database.queries, { newGenerationAt: await ledger.readNow(), mark })
    await ledger.removeHighWaterMark()
    const after = seriesIdOf(await ledger.readRow())
    print('')
    print(`The series ${seriesIdOf(before)} has ended; ${after} begins at the committed totals.`)
    print(
      `1. Start the service. Its pages carry instance="${after}": scrape with honor_labels: true.`,
    )
    print(
      "2. It sweeps and reconciles at once: what was lost and is in Stripe's lists is counted again.",
    )
    print('3. Then compare: npm run verify -- --since 30d')
    print("Lost permanently: attempts without a charge that are older than the 30 days of Stripe's")
    print('events, and posts that were recorded after the backup was made.')
    if (json === true) context.print(toJson(seriesIdOf(before), after))
    return 0
  })
}

function toJson(seriesId: string, nextSeriesId: string | undefined): string {
  const isChanged = nextSeriesId !== undefined
  return JSON.stringify({
    changed: isChanged,
    series_id: isChanged ? nextSeriesId : seriesId,
    former_series_id: isChanged ? seriesId : null,
  })
}

function describeLoss(
  mark: HighWaterMark | undefined,
  row: LedgerRow,
  committed: readonly Total[],
): string {
  const seriesId = seriesIdOf(row)
  if ((row.ended_generation ?? 0) >= row.generation)
    return 'A process saw the ledger hold less than it had exposed: it lost commits.'
  if (mark === undefined) return 'What was exposed before is not known here.'
  if (parseSeriesId(mark.seriesId).ledgerId !== parseSeriesId(seriesId).ledgerId)
    return 'What was exposed beside this file was of another ledger.'
  return fallsBelow(mark, seriesId, committed)
    ? 'The ledger holds less than was exposed: it lost commits.'
    : 'The ledger holds all that was exposed: only recover it if you know that it lost commits.'
}
