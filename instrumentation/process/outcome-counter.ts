import type { Meter } from '@opentelemetry/api'

interface OutcomeCounter<Outcome extends string> {
  readonly name: string
  readonly description: string
  /** A closed list. */
  readonly outcomes: readonly Outcome[]
}

/** Counts by outcome since this process started; every outcome starts at 0. */
export function createOutcomeCounter<Outcome extends string>(
  meter: Meter,
  { name, description, outcomes }: OutcomeCounter<Outcome>,
): (outcome: Outcome) => void {
  const counter = meter.createCounter(name, { description })
  const attributes = new Map(outcomes.map((outcome) => [outcome, Object.freeze({ outcome })]))
  for (const each of attributes.values()) counter.add(0, each)
  return (outcome) => counter.add(1, attributes.get(outcome) ?? { outcome })
}
