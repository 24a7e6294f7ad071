import type { StripeAccount } from '../../stripe/client/gateway.ts'
import { refuseOtherAccount } from '../../stripe/client/named-account.ts'
import type { CommandContext } from '../command.ts'
import { permissionNames } from '../doctor/permissions.ts'
import { printerOf } from '../read-options.ts'
import type { Done } from './apply.ts'
import { describeSteps } from './step.ts'

const writePermissions = ['Products: Write', 'Prices: Write', 'Webhook Endpoints: Write']

/** What a restricted key needs. */
export function describePermissions(): readonly string[] {
  return [
    'A restricted key needs, for the service and here:',
    `  ${permissionNames.join(', ')}`,
    'and for this command alone:',
    `  ${writePermissions.join(', ')}`,
    '',
  ]
}

/** The account and the mode that setup writes to. Throws `invalid_settings` if the settings name another account. */
export function describeAccount(
  account: StripeAccount | undefined,
  { config }: CommandContext,
): readonly string[] {
  const { mode, stripe } = config
  if (account !== undefined) refuseOtherAccount(account.id, stripe.account)
  const where = `${account?.id ?? stripe.account ?? 'the account of the key'}, ${mode} mode`
  return mode === 'live'
    ? [where, 'LIVE MODE: customers pay the prices that are made here, with real money.', '']
    : [where, '']
}

/** Why nothing is made. */
export interface Refusal {
  readonly text: string
  /** Whether something was to be made that now is missing. */
  readonly isFailure: boolean
}

export interface Outcome {
  readonly isJson: boolean
  readonly done: readonly Done[]
  readonly secrets: readonly string[]
  readonly refusal?: Refusal
}

/** Prints what became of each step, then the secrets, and returns the exit code. */
export function report(
  { config, print: printResult }: CommandContext,
  { isJson, done, secrets, refusal }: Outcome,
): number {
  const print = printerOf(isJson, printResult)
  if (refusal === undefined) for (const line of describeSteps(done)) print(line)
  else print(refusal.text)
  const left = done.filter(({ state }) => state === 'hand').length
  if (left > 0) print(`${left} of ${done.length} need your hand.`)
  if (isJson) printResult(toJson(done, secrets, refusal))
  else for (const line of describeSecrets(secrets, config.stripe.webhookSecrets.length)) print(line)
  if (refusal?.isFailure === true) return 1
  return left === 0 ? 0 : 1
}

function toJson(done: readonly Done[], secrets: readonly string[], refusal: Refusal | undefined) {
  const steps = done.map(({ state, name, text }) => ({ state, name, text }))
  const note = refusal === undefined ? {} : { note: refusal.text }
  return JSON.stringify({
    changed: refusal === undefined,
    ...note,
    steps,
    webhook_secrets: secrets,
  })
}

function describeSecrets(secrets: readonly string[], presentCount: number): readonly string[] {
  if (secrets.length === 0) return []
  const line = `STRIPE_WEBHOOK_SECRET=${presentCount === 0 ? '' : '<what it has now>,'}${secrets.join(',')}`
  return [
    '',
    'For .env; Stripe does not show it again:',
    line,
    '',
    'Then: npm run setup -- --check',
  ]
}
