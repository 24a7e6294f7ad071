/** Why a webhook is refused for good: often only a person can mend it. */
export const refusalReasons = [
  'signature_missing',
  'signature_malformed',
  'signature_time',
  'wrong_secret',
  'body_changed',
  'not_json',
  'too_large',
] as const

export type RefusalReason = (typeof refusalReasons)[number]

const acceptedOutcomes = [
  'recorded',
  'duplicate',
  'before_genesis',
  'not_counted',
  'dead_letter',
  'reconcile_due',
] as const

/** What a webhook was answered 200 for. */
export type AcceptedOutcome = (typeof acceptedOutcomes)[number]

/** What a webhook was not answered 200 for; `not_recorded` is a 5xx, after which Stripe sends it again. */
export type FailedOutcome = RefusalReason | 'not_recorded'

/** Everything that can become of a webhook. */
export const webhookOutcomes = [...acceptedOutcomes, ...refusalReasons, 'not_recorded'] as const
