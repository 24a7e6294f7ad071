import { type DatabaseLocation, hasFile, readDatabase } from '../database/open.ts'
import { messageOf } from '../errors.ts'
import type { CommandContext } from './command.ts'
import type { Check, DoctorContext } from './doctor/check.ts'
import { checks } from './doctor/registry.ts'
import { runChecks } from './doctor/run-checks.ts'
import { createTestAlert } from './doctor/test-alert.ts'
import { reachStripe } from './reach-stripe.ts'
import { readLedgerRow } from './read-ledger-row.ts'
import { type CommandDescription, printerOf, readOptions } from './read-options.ts'

const description = {
  usage: 'npm run doctor -- [--test-alert] [--json]',
  about: `Checks everything that must be right between Stripe and the service, beside the running service and without changing
anything: settings, the key and its permissions, prices, the webhook endpoint, clocks, sync jobs and dead letters.
Each failed check says what to do.`,
  exitCodes: '0 all is well, 1 a check failed, 2 it could not run.',
  options: {
    'test-alert': { type: 'boolean', help: 'also post a test message to ALERT_CHANNEL' },
  },
} as const satisfies CommandDescription

/**
 * Checks everything that must be right between Stripe and us, beside the running service, without changing
 * anything. Each failed check says what to do. Resolves with 0 if all checks pass, otherwise 1.
 */
export async function doctor(context: CommandContext): Promise<number> {
  const options = readOptions(context, description)
  if (options === undefined) return 0
  // Standard output holds one JSON object, or the findings.
  const print = printerOf(options.json, context.print)
  const asked = options['test-alert'] ? [createTestAlert(print)] : []
  const isJson = options.json === true
  return runDoctor(context, [...checks, ...asked], { isJson, hasLedger: true })
}

interface DoctorOptions {
  readonly isJson: boolean
  /** Whether a ledger is expected: not before the first start. */
  readonly hasLedger: boolean
}

/** The same with some of the checks. */
export async function runDoctor(
  { config, now, print }: CommandContext,
  some: readonly Check[],
  { isJson, hasLedger }: DoctorOptions,
): Promise<number> {
  const { ledger, failure, close } = await openLedger(config.database)
  try {
    const gateway = reachStripe(config)
    const looking = { config, gateway, ledger, ledgerFailure: failure, hasLedger, now }
    return await runChecks(some, looking, { print, isJson })
  } finally {
    await close()
  }
}

interface OpenedLedger {
  /** Undefined if there is none yet, or it cannot be read. */
  readonly ledger: DoctorContext['ledger']
  /** Why it cannot be read. */
  readonly failure?: string
  close(): Promise<void>
}

async function openLedger(location: DatabaseLocation): Promise<OpenedLedger> {
  const nothing = { ledger: undefined, close: () => Promise.resolve() }
  if (location.engine === 'sqlite' && !hasFile(location)) return nothing
  let close = nothing.close
  try {
    const database = await readDatabase(location)
    close = () => database.close()
    const { queries } = database
    const row = await readLedgerRow(queries)
    return { ledger: row === undefined ? undefined : { queries, row }, close }
  } catch (cause) {
    return { ledger: undefined, failure: messageOf(cause), close }
  }
}
