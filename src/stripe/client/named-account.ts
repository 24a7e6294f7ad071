import { AppError } from '../../errors.ts'
import type { StripeAccount, StripeGateway } from './gateway.ts'
import { isKeyRefused, isRefusedByStripe } from './stripe-error.ts'

/**
 * The same gateway for the account in `STRIPE_ACCOUNT`, which is used if the key may not read its
 * account. `retrieveAccount` still resolves to the account that Stripe names.
 */
export function withNamedAccount(
  gateway: StripeGateway,
  accountId: string | undefined,
): StripeGateway {
  if (accountId === undefined) return gateway
  return {
    ...gateway,
    retrieveAccount: () =>
      gateway.retrieveAccount().catch((cause: unknown): StripeAccount => {
        if (!isRefusedByStripe(cause) || isKeyRefused(cause)) throw cause
        return { id: accountId, stripeNow: null }
      }),
  }
}

/** Throws `invalid_settings` if the key belongs to another account than the settings name. */
export function refuseOtherAccount(accountId: string, named: string | undefined): void {
  if (named === undefined || named === accountId) return
  throw new AppError(
    'invalid_settings',
    `STRIPE_ACCOUNT names ${named}, the key in STRIPE_SECRET_KEY is of ${accountId}: give a key of the account itself (the accounts connected to a platform are counted with keys of their own), or leave STRIPE_ACCOUNT out`,
  )
}
