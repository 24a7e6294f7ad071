import { isLoopback } from '../http/loopback.ts'
import { parseDurationMs } from '../time/duration.ts'
import { readApiKeys } from './api-keys.ts'

/** What the settings are read for: `npm run setup` creates the endpoint whose secret the service needs. */
export type Purpose = 'service' | 'setup'

/** Problems that concern several settings. */
export function checkTogether(
  given: Readonly<Record<string, string>>,
  purpose: Purpose,
): readonly string[] {
  const problems: string[] = []
  const { HOST = '127.0.0.1', EMULATOR_HOST = '127.0.0.1', API_KEYS = '', NODE_ENV } = given
  const { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_ACCOUNT } = given
  if (!isLoopback(HOST) && hasNoKey(API_KEYS))
    problems.push(
      `API_KEYS is missing: HOST=${HOST} can be reached by others. Give at least one key (npm run keys makes one), or leave HOST at 127.0.0.1`,
    )
  if (!isLoopback(EMULATOR_HOST))
    problems.push(
      `EMULATOR_HOST=${EMULATOR_HOST}: the emulator takes payments from anybody, so it listens on a loopback address alone: 127.0.0.1, localhost or ::1`,
    )
  const hasSecret = STRIPE_WEBHOOK_SECRET !== undefined || purpose === 'setup'
  if (STRIPE_SECRET_KEY !== undefined && !hasSecret)
    problems.push(
      'STRIPE_WEBHOOK_SECRET is missing: give the signing secret (whsec_…) of the webhook endpoint that you made for this service; "npm run setup" makes one',
    )
  if (STRIPE_SECRET_KEY === undefined && STRIPE_WEBHOOK_SECRET !== undefined)
    problems.push(
      'STRIPE_SECRET_KEY is missing beside STRIPE_WEBHOOK_SECRET: give both, or neither for the emulator',
    )
  if (STRIPE_SECRET_KEY?.startsWith('sk_org_') && STRIPE_ACCOUNT === undefined)
    problems.push(
      'STRIPE_SECRET_KEY: this is the key of an organisation (sk_org_…), which covers many accounts, and a ledger holds one: set STRIPE_ACCOUNT (acct_…)',
    )
  if (STRIPE_SECRET_KEY === undefined && STRIPE_ACCOUNT !== undefined)
    problems.push(
      'STRIPE_SECRET_KEY is missing beside STRIPE_ACCOUNT: give a key that may read that account, or neither for the emulator',
    )
  if (STRIPE_SECRET_KEY === undefined && NODE_ENV === 'production')
    problems.push(
      'STRIPE_SECRET_KEY is missing: NODE_ENV=production does not run on the emulator. Give the key of your Stripe account',
    )
  const drainMs = parseDurationMs(given.DRAIN_DELAY ?? '', ['ms', 's', 'm']) ?? 0
  const stopMs = parseDurationMs(given.SHUTDOWN_TIMEOUT ?? '10s', ['ms', 's', 'm']) ?? drainMs
  if (drainMs > stopMs / 2)
    problems.push(
      'DRAIN_DELAY is a part of SHUTDOWN_TIMEOUT, and the rest is for the work that is under way: let it be half of it at most, or raise SHUTDOWN_TIMEOUT',
    )
  return problems
}

/** Whether the list is empty. A malformed key is an error of its own. */
function hasNoKey(value: string): boolean {
  const read = readApiKeys(value)
  return 'keys' in read && read.keys.length === 0
}
