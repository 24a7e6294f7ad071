import { messageOf } from '../../errors.ts'
import { refuseOtherAccount } from '../../stripe/client/named-account.ts'
import { lacksPermission } from '../../stripe/client/stripe-error.ts'
import { type Check, type DoctorContext, type LookUpResult, unwell, well } from './check.ts'

/** Beyond this, a signature's age is determined by Stripe's clock; beyond a day, Stripe's clock is not trusted. */
const clockDifferenceMsMax = 60_000
const believedMsMax = 86_400_000

/** Checks that the key and the ledger belong to the same account, and that the clocks agree. */
export const account: Check = {
  name: 'account',
  asksStripe: true,
  look: async (context) => {
    const { gateway, now } = context
    const askedAt = now()
    const found = await gateway.retrieveAccount().catch((failure: unknown) => {
      if (lacksPermission(failure)) return undefined
      throw failure
    })
    // The permission check reports it.
    if (found === undefined) return [well('key', describeKey(context))]
    const middle = (askedAt + now()) / 2
    return [
      well('key', describeKey(context)),
      nameAccount(context, found.id),
      ...compareLedger(context, found.id),
      compareClocks(middle, found.stripeNow),
    ]
  },
}

function describeKey({ config: { stripe, mode } }: DoctorContext): string {
  if (stripe.secretKey === undefined)
    return 'none: the emulator replaces Stripe. For your own account set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET'
  return `${kindOf(stripe.secretKey)}, ${mode} mode`
}

function kindOf(secretKey: string): string {
  if (secretKey.startsWith('sk_org_')) return 'of an organisation'
  return secretKey.startsWith('rk_') ? 'restricted' : 'secret'
}

function nameAccount({ config: { stripe } }: DoctorContext, accountId: string): LookUpResult {
  try {
    refuseOtherAccount(accountId, stripe.account)
    return well('account', accountId)
  } catch (cause) {
    return unwell('account', messageOf(cause))
  }
}

function compareLedger(
  { ledger, ledgerFailure, hasLedger, config }: DoctorContext,
  accountId: string,
): readonly LookUpResult[] {
  if (ledgerFailure !== undefined) return []
  if (ledger === undefined && !hasLedger) return []
  if (ledger === undefined)
    return [unwell('ledger', 'there is none at DATABASE_URL yet: start the service once')]
  const { row } = ledger
  const described = `${row.ledger_id}, ${row.mode} payments of ${row.account ?? 'no account yet'}`
  const isOther = row.mode !== config.mode || (row.account !== null && row.account !== accountId)
  return isOther
    ? [
        unwell(
          'ledger',
          `${described}; the key is of ${accountId}, ${config.mode} mode: give the DATABASE_URL and STRIPE_SECRET_KEY that belong together`,
        ),
      ]
    : [well('ledger', described)]
}

function compareClocks(ourNow: number, stripeNow: number | null): LookUpResult {
  if (stripeNow === null) return well('clock', 'Stripe sent no date to compare with')
  const differenceMs = Math.round(ourNow - stripeNow)
  const seconds = Math.round(Math.abs(differenceMs) / 1000)
  const text = `${seconds} s ${differenceMs < 0 ? 'behind' : 'ahead of'} Stripe`
  if (Math.abs(differenceMs) <= clockDifferenceMsMax) return well('clock', text)
  const consequence =
    Math.abs(differenceMs) > believedMsMax
      ? 'until then no date of Stripe is believed, every webhook is refused and no sweep moves its cursor'
      : "until then the age of a webhook's signature is decided by Stripe's clock"
  return unwell('clock', `${text}: set this machine's clock (NTP); ${consequence}`)
}
