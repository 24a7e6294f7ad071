import type { StripeFact } from './stripe-fact.ts'

const attributes: Readonly<Record<string, string>> = {
  billing_payments_total: 'status',
  billing_checkout_started_total: 'plan',
}

/** A series as a metrics page writes it. */
export function seriesNameOf(counter: string, label: string): string {
  const attribute = attributes[counter]
  return attribute === undefined ? counter : `${counter}{${attribute}="${label}"}`
}

/** The series that a fact moves. */
export function seriesOf(fact: StripeFact): string {
  return fact.kind === 'payment'
    ? seriesNameOf('billing_payments_total', fact.status)
    : seriesNameOf('billing_checkout_started_total', fact.plan)
}
