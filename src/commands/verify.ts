import type { Config } from '../config/config.ts'
import { type LedgerDatabase, readDatabase } from '../database/open.ts'
import type { LedgerRow } from '../database/schema.ts'
import { openTemporaryKeys } from '../database/temporary-keys.ts'
import { AppError } from '../errors.ts'
import { plansOf, readTotals } from '../ledger/read/totals.ts'
import type { StripeGateway } from '../stripe/client/gateway.ts'
import { createPacing } from '../stripe/client/pacing.ts'
import { createRefundSource, patientRefundSource } from '../stripe/client/refund-source.ts'
import { isRefusedByStripe } from '../stripe/client/stripe-error.ts'
import { type CompareProgress, compareWithStripe } from '../stripe/sync/compare.ts'
import type { CommandContext } from './command.ts'
import { describeLedger, toIso } from './describe-ledger.ts'
import { explainFailure, reachStripe } from './reach-stripe.ts'
import { readDurationMs } from './read-duration.ts'
import { readLedgerRow } from './read-ledger-row.ts'
import { type CommandDescription, printerOf, readOptions, reportProgress } from './read-options.ts'
import { readSeriesCounts } from './read-series-counts.ts'
import { describeComparison } from './verify-report.ts'

/** Counting the facts of a large ledger takes longer than any query of the service. */
const countingMsMax = 300_000

const description = {
  usage: 'npm run verify -- [--since 30d] [--wait 60s] [--json]',
  about: `Compares Stripe's lists with the ledger's facts, and the facts with the totals, beside the running service and without
changing anything. What is missing may still be in transit, so it looks again after --wait.`,
  exitCodes: '0 everything agrees, 1 it does not, 2 it could not run.',
  options: {
    since: {
      type: 'string',
      value: '<period>',
      help: "how far back; without it from the ledger's genesis on",
    },
    wait: { type: 'string', value: '<period>', default: '60s', help: '60s by default' },
  },
} as const satisfies CommandDescription

/**
 * Compares Stripe's lists with the ledger's facts and totals, beside the running service, without changing
 * anything. Without `--since` it starts at the ledger's genesis. Missing facts may still be in transit, so it
 * checks again after `--wait`. Resolves with 0 if everything agrees, otherwise 1.
 */
export async function verify(context: CommandContext): Promise<number> {
  const options = readOptions(context, description)
  if (options === undefined) return 0
  const { config, now } = context
  const print = printerOf(options.json, context.print)
  const graceMs = readDurationMs('--wait', options.wait)
  const reachMs = options.since === undefined ? null : readDurationMs('--since', options.since)
  const database = await readDatabase(config.database, countingMsMax)
  using listedKeys = openTemporaryKeys()
  try {
    const { queries } = database
    const row = await readLedger(database)
    const gateway = reachStripe(config)
    await refuseOther(row, config, gateway)
    const genesis = requireGenesis(row)
    const from = reachMs === null ? genesis : Math.max(genesis, now() - reachMs)
    const totals = await readTotals(queries)
    for (const line of describeLedger(row, [], undefined)) print(line)
    print(`since   ${toIso(from)}`)
    print('')

    const plans = new Set([...config.plans.map(({ plan }) => plan), ...plansOf(totals)])
    const pacing = createPacing(new AbortController().signal)
    let unreadable = 0
    const comparison = await compareWithStripe({
      lists: gateway,
      queries,
      genesis,
      since: from,
      ledgerId: row.ledger_id,
      mode: config.mode,
      recorder: { hasPlan: (plan) => plans.has(plan) },
      keepDeadLetter: async () => {
        unreadable += 1
      },
      refunds: patientRefundSource(createRefundSource(gateway), pacing, new Map()),
      graceMs,
      now,
      pacing,
      listedKeys,
      onProgress: createProgress(now),
    })
    const counts = await readSeriesCounts(queries)
    const report = describeComparison({ comparison, counts, unreadable })
    for (const line of report.lines) print(line)
    if (options.json === true) context.print(JSON.stringify({ since: toIso(from), ...report.json }))
    return report.agrees ? 0 : 1
  } finally {
    await database.close()
  }
}

const reportEveryMs = 10_000

/** Reports on standard error, so that standard output holds the result alone. */
function createProgress(now: () => number): (progress: CompareProgress) => void {
  let reportedAt = now()
  return ({ listed, facts }) => {
    if (now() - reportedAt < reportEveryMs) return
    reportedAt = now()
    const compared = facts === 0 ? '' : `, ${facts.toLocaleString('en-US')} facts compared`
    reportProgress(`${listed.toLocaleString('en-US')} objects at Stripe read${compared}`)
  }
}

async function readLedger({ queries }: LedgerDatabase): Promise<LedgerRow> {
  const row = await readLedgerRow(queries)
  if (row === undefined)
    throw new AppError(
      'database_unavailable',
      'the ledger holds nothing yet: start the service once with this DATABASE_URL',
    )
  return row
}

function requireGenesis({ genesis }: LedgerRow): number {
  if (genesis === null)
    throw new AppError(
      'not_ready',
      "the ledger counts nothing yet: Stripe's clock has not been observed since its first start. Start the service and check that it reaches Stripe, or Stripe it",
    )
  return genesis
}

async function refuseOther(row: LedgerRow, config: Config, gateway: StripeGateway): Promise<void> {
  if (row.mode !== config.mode)
    throw new AppError(
      'ledger_mismatch',
      `the ledger holds ${row.mode} payments and the settings name ${config.mode} ones: give the DATABASE_URL and STRIPE_SECRET_KEY that belong together`,
    )
  const account = await gateway.retrieveAccount().catch((cause: unknown) => {
    if (isRefusedByStripe(cause)) return undefined
    throw new AppError('stripe_unavailable', explainFailure(cause, config), { cause })
  })
  if (account !== undefined && row.account !== null && row.account !== account.id)
    throw new AppError(
      'ledger_mismatch',
      `the ledger belongs to the Stripe account ${row.account}, the key to ${account.id}: give the key of that account`,
    )
}
