import type { Meter } from '@opentelemetry/api'

/** Why a webhook is refused for good, and so often only a person can mend it. */
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

/** What can become of a webhook: answered 200, refused, or answered 5xx so that Stripe sends it again. */
export const webhookOutcomes = [
  'recorded',
  'duplicate',
  'before_genesis',
  'not_counted',
  'dead_letter',
  'reconcile_due',
  ...refusalReasons,
  'not_recorded',
] as const

export type WebhookOutcomeName = (typeof webhookOutcomes)[number]

/** Counts webhooks by outcome since this process started; each outcome is there from the start, at 0. */
export function createWebhookOutcomes(meter: Meter): (outcome: WebhookOutcomeName) => void {
  const counter = meter.createCounter('countinghouse_webhooks_total', {
    description: "Requests to Stripe's webhook address, by what became of them.",
  })
  for (const outcome of webhookOutcomes) counter.add(0, { outcome })
  return (outcome) => counter.add(1, { outcome })
}
