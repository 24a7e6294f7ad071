import type { Meter } from '@opentelemetry/api'

/** Counts webhooks by outcome since this process started; every outcome starts at 0. */
export function createWebhookOutcomes<Outcome extends string>(
  meter: Meter,
  outcomes: readonly Outcome[],
): (outcome: Outcome) => void {
  const counter = meter.createCounter('countinghouse_webhooks_total', {
    description: "Requests to Stripe's webhook address, by what became of them.",
  })
  const attributes = new Map(outcomes.map((outcome) => [outcome, Object.freeze({ outcome })]))
  for (const each of attributes.values()) counter.add(0, each)
  return (outcome) => counter.add(1, attributes.get(outcome) ?? { outcome })
}
