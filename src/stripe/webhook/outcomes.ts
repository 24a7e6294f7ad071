/** Why a webhook is refused permanently: usually a person has to fix the cause. */
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

export const acceptedOutcomes = [
  'recorded',
  'duplicate',
  'before_genesis',
  'not_counted',
  'dead_letter',
  'reconcile_due',
] as const

/** Outcomes that are answered with 200. */
export type AcceptedOutcome = (typeof acceptedOutcomes)[number]

/** Outcomes that are not answered with 200; `not_recorded` is a 5xx, after which Stripe retries. */
export type FailedOutcome = RefusalReason | 'not_recorded'

/** All outcomes of a webhook. */
export const webhookOutcomes = [...acceptedOutcomes, ...refusalReasons, 'not_recorded'] as const
