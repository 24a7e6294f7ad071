import { type DatabaseLocation, hasFile, readDatabase } from '../database/open.ts'
import { messageOf } from '../errors.ts'
import { isKeyRefused, isUnavailable, lacksPermission } from '../stripe/client/stripe-error.ts'
import type { CommandContext } from './command.ts'
import { type DoctorContext, type LookUpResult, unwell } from './doctor/check.ts'
import { permissions } from './doctor/permissions.ts'
import { checks } from './doctor/registry.ts'
import { postTestAlert } from './doctor/test-alert.ts'
import { explainFailure, reachStripe } from './reach-stripe.ts'
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
  const { config, now, print } = context
  const { ledger, failure, close } = await openLedger(config.database)
  try {
    const gateway = reachStripe(config)
    const looking: DoctorContext = { config, gateway, ledger, ledgerFailure: failure, now }
    const found = failure === undefined ? [] : [unwell('ledger', failure)]
    let isAway = false
    for (const check of checks) {
      if (isAway && check.asksStripe) continue
      try {
        found.push(...(await check.look(looking)))
      } catch (cause) {
        // Each missing permission has its own line.
        if (lacksPermission(cause) && found.some(isLackingPermission)) continue
        found.push(unwell(check.name, explainFailure(cause, config)))
        isAway ||= isUnavailable(cause) || isKeyRefused(cause)
      }
    }
    if (options['test-alert'] === true) {
      // Standard output holds one JSON object, or the findings.
      const printer = { now, print: printerOf(options.json, print) }
      found.push(await postTestAlert(config, printer))
    }
    const findings = found.filter((one) => !followsFromAnother(one, found))
    const isWell = findings.every((one) => one.isWell)
    if (options.json === true) print(toJson(findings, isWell))
    else for (const line of describe(findings)) print(line)
    return isWell ? 0 : 1
  } finally {
    await close()
  }
}

function describe(findings: readonly LookUpResult[]): readonly string[] {
  const width = Math.max(...findings.map(({ name }) => name.length))
  const bad = findings.filter(({ isWell }) => !isWell).length
  return [
    ...findings.map(
      ({ isWell, name, text }) => `${isWell ? 'ok ' : 'BAD'}  ${name.padEnd(width)}  ${text}`,
    ),
    '',
    bad === 0 ? 'All is well.' : `${bad} of ${findings.length} need your hand.`,
  ]
}

function toJson(findings: readonly LookUpResult[], isWell: boolean): string {
  const checks = findings.map((one) => ({ name: one.name, is_well: one.isWell, text: one.text }))
  return JSON.stringify({ is_well: isWell, checks })
}

function isLackingPermission({ name, isWell }: LookUpResult): boolean {
  return name === permissions.name && !isWell
}

/** Reports each cause once. */
function followsFromAnother({ followsFrom }: LookUpResult, found: readonly LookUpResult[]) {
  return found.some(({ name, isWell }) => name === followsFrom && !isWell)
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
