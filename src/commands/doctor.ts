import { readDatabase } from '../database/open.ts'
import { isUnavailable } from '../stripe/stripe-error.ts'
import type { Command } from './command.ts'
import { type DoctorContext, type Finding, unwell } from './doctor/check.ts'
import { checks } from './doctor/registry.ts'
import { explainFailure, reachStripe } from './reach-stripe.ts'
import { readOptions } from './read-options.ts'

/**
 * Looks at everything that has to be right between Stripe and us, beside the running service, and
 * changes nothing. Each line that is not well says what to do. Answers 0 when all is well, else 1.
 */
export const doctor: Command = async ({ config, args, now, print }) => {
  readOptions(args, {}, 'npm run doctor')
  const opened = await openLedger(config.database)
  try {
    const gateway = reachStripe(config)
    const context: DoctorContext = { config, gateway, ledger: opened?.ledger, now }
    const findings: Finding[] = []
    let isAway = false
    for (const check of checks) {
      if (isAway && check.asksStripe) continue
      try {
        findings.push(...(await check.look(context)))
      } catch (cause) {
        findings.push(unwell(check.name, explainFailure(cause, config)))
        isAway ||= isUnavailable(cause)
      }
    }
    const width = Math.max(...findings.map(({ name }) => name.length))
    for (const { isWell, name, text } of findings)
      print(`${isWell ? 'ok ' : 'BAD'}  ${name.padEnd(width)}  ${text}`)
    const bad = findings.filter(({ isWell }) => !isWell).length
    print('')
    print(bad === 0 ? 'All is well.' : `${bad} of ${findings.length} need your hand.`)
    return bad === 0 ? 0 : 1
  } finally {
    await opened?.close()
  }
}

/** Undefined when there is none yet. */
const openLedger = async (location: Parameters<typeof readDatabase>[0]) => {
  const database = await readDatabase(location).catch(() => undefined)
  if (database === undefined) return undefined
  const { queries } = database
  const row = await queries
    .selectFrom('ledger')
    .selectAll()
    .executeTakeFirst()
    .catch(() => undefined)
  return {
    ledger: row === undefined ? undefined : { queries, row },
    close: () => database.close(),
  }
}
