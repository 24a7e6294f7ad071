export type CardOutcome =
  | { readonly kind: 'succeeds'; readonly refund?: 'pending' | 'fails_later' }
  | { readonly kind: 'declined'; readonly code: string; readonly declineCode: string | null }
  | { readonly kind: 'asks_authentication' }
  | { readonly kind: 'redirects' }
  | { readonly kind: 'processes'; readonly as: 'succeeded' | 'failed' }

function declined(code: string, declineCode: string | null): CardOutcome {
  return {
    kind: 'declined',
    code,
    declineCode,
  }
}
function cardDeclined(declineCode: string) {
  return declined('card_declined', declineCode)
}

const succeeding = [
  'visa',
  'visa_debit',
  'mastercard',
  'mastercard_debit',
  'mastercard_prepaid',
  'amex',
  'discover',
  'diners',
  'jcb',
  'unionpay',
  'us',
  'de',
  'gb',
  'bypassPending',
]

const declining: Readonly<Record<string, CardOutcome>> = {
  chargeDeclined: cardDeclined('generic_decline'),
  chargeCustomerFail: cardDeclined('generic_decline'),
  chargeDeclinedInsufficientFunds: cardDeclined('insufficient_funds'),
  chargeDeclinedLostCard: cardDeclined('lost_card'),
  chargeDeclinedStolenCard: cardDeclined('stolen_card'),
  chargeDeclinedFraudulent: cardDeclined('fraudulent'),
  radarBlock: cardDeclined('fraudulent'),
  chargeDeclinedVelocityLimitExceeded: cardDeclined('card_velocity_exceeded'),
  chargeDeclinedExpiredCard: declined('expired_card', null),
  chargeDeclinedIncorrectCvc: declined('incorrect_cvc', null),
  chargeDeclinedProcessingError: declined('processing_error', null),
}

const special: Readonly<Record<string, CardOutcome>> = {
  authenticationRequired: { kind: 'asks_authentication' },
  threeDSecureRequired: { kind: 'asks_authentication' },
  threeDSecure2Required: { kind: 'asks_authentication' },
  ideal: { kind: 'redirects' },
  pendingRefund: { kind: 'succeeds', refund: 'pending' },
  refundFail: { kind: 'succeeds', refund: 'fails_later' },
  sepaDebit: { kind: 'processes', as: 'succeeded' },
  sepaDebitFails: { kind: 'processes', as: 'failed' },
}

const outcomes: ReadonlyMap<string, CardOutcome> = new Map<string, CardOutcome>([
  ...succeeding.map((name) => [name, { kind: 'succeeds' }] as const),
  ...Object.entries(declining),
  ...Object.entries(special),
])

/** What Stripe's test payment methods and tokens do: `pm_card_visa`, `tok_chargeDeclined`, … */
export function outcomeOf(token: string): CardOutcome | undefined {
  return outcomes.get(token.replace(/^(pm_card|tok|pm)_/, '').replace(/^visa_(?=charge)/, ''))
}

const failingIbans = ['3202', '3456']

/** The token for a new payment method's details: a card by its token, a bank debit by its IBAN. */
export function tokenOf(type: string, details: { token?: string; iban?: string }): string {
  if (type === 'ideal') return 'pm_ideal'
  if (type !== 'sepa_debit') return details.token ?? 'tok_visa'
  const fails = failingIbans.some((end) => details.iban?.endsWith(end))
  return fails ? 'pm_sepaDebitFails' : 'pm_sepaDebit'
}
