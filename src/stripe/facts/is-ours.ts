import type { Mode } from '../../ledger/identity.ts'
import type { StripeEvent } from './event.ts'
import { Unreadable } from './unreadable.ts'

/** Why a verified event does not belong to this ledger. */
export type IgnoredReason = 'other_mode' | 'other_account' | 'thin_payment_event'

interface Ours {
  readonly mode: Mode
  readonly readAccount: () => Promise<string | null>
}

/**
 * Why an event is not ours: live Connect endpoints also receive test events, connected
 * accounts are named by `account`, and an organisation's accounts by `context`, whose last segment
 * names the account (docs.stripe.com/webhooks, "Organization event destinations"). Undefined for ours.
 * Throws `Unreadable` if our own account is not known and the event names one.
 */
export async function whyIgnored(
  { livemode, account, context }: StripeEvent,
  { mode, readAccount }: Ours,
): Promise<IgnoredReason | undefined> {
  if (livemode !== isLive(mode)) return 'other_mode'
  if (account !== undefined && account !== null) return 'other_account'
  if (context === undefined || context === null || context === '') return undefined
  const own = await readAccount()
  if (own === null)
    throw new Unreadable(
      'context: names an account, but our own account is not known: give the key the permission to read its account, or name it in STRIPE_ACCOUNT, then replay',
    )
  return context.split('/').at(-1) === own ? undefined : 'other_account'
}

export function isLive(mode: Mode): boolean {
  return mode === 'live'
}
