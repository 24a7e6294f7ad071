import { isKeyRefused, isUnavailable, lacksPermission } from '../../stripe/client/stripe-error.ts'
import type { CommandContext } from '../command.ts'
import { explainFailure } from '../reach-stripe.ts'
import { type Check, type DoctorContext, type LookUpResult, unwell } from './check.ts'
import { permissions } from './permissions.ts'

/** Runs checks one after the other and prints what they found. Resolves with 0 if all is well, otherwise 1. */
export async function runChecks(
  checks: readonly Check[],
  looking: DoctorContext,
  { print, isJson }: { readonly print: CommandContext['print']; readonly isJson: boolean },
): Promise<number> {
  const { ledgerFailure, config } = looking
  const found = ledgerFailure === undefined ? [] : [unwell('ledger', ledgerFailure)]
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
  const findings = found.filter((one) => !followsFromAnother(one, found))
  const isWell = findings.every((one) => one.isWell)
  if (isJson) print(toJson(findings, isWell))
  else for (const line of describe(findings)) print(line)
  return isWell ? 0 : 1
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
