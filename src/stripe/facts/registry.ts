import type { StripeCounter } from '../../../instrumentation/counters.ts'
import { checkoutSessionEnded } from './checkout-session-ended.ts'
import type { StripeEvent } from './event.ts'
import { paymentIntentFailed } from './payment-intent-failed.ts'
import { paymentIntentSucceeded } from './payment-intent-succeeded.ts'
import { refundSucceeded } from './refund-succeeded.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

/** Reads a fact out of the events of its types; throws a ZodError when the object cannot be read. */
export interface EventReader {
  readonly types: readonly string[]
  read(event: StripeEvent, context: FactContext): StripeFact | undefined
}

/** Every event that can prove a fact, by its counter. A new source is one file and one line. */
const readers: Readonly<Record<StripeCounter, readonly EventReader[]>> = {
  billing_payments_total: [paymentIntentSucceeded, paymentIntentFailed, refundSucceeded],
  billing_checkout_started_total: [checkoutSessionEnded],
}

const byType: ReadonlyMap<string, EventReader> = new Map(
  Object.values(readers)
    .flat()
    .flatMap((reader) => reader.types.map((type) => [type, reader] as const)),
)

/** The event types that Stripe has to send us. */
export const eventTypes: readonly string[] = [...byType.keys()]

/**
 * The fact that an event proves; undefined where it proves none. Pure.
 * Throws a ZodError when an event of a type that we use has not the shape it should have.
 */
export function readEvent(event: StripeEvent, context: FactContext): StripeFact | undefined {
  return byType.get(event.type)?.read(event, context)
}
