import type { StripeCounter } from '../../../instrumentation/counters.ts'
import { chargeRefunded } from './charge-refunded.ts'
import { checkoutSessionEnded } from './checkout-session-ended.ts'
import type { StripeEvent } from './event.ts'
import { paymentIntentFailed } from './payment-intent-failed.ts'
import { paymentIntentSucceeded } from './payment-intent-succeeded.ts'
import { refundSucceeded } from './refund-succeeded.ts'
import type { ChargeQuestion, FactContext, StripeFact } from './stripe-fact.ts'

/** Reads facts from events of its types; throws a ZodError or `Unreadable` if it cannot. */
export interface EventReader {
  readonly types: readonly string[]
  /** The charge that has to be retrieved first. */
  chargeQuestion?(event: StripeEvent): ChargeQuestion | undefined
  /** Pure. `charge` is the charge named by `chargeQuestion`. Undefined if the event proves no fact. */
  read(event: StripeEvent, context: FactContext, charge?: unknown): StripeFact | undefined
}

/** Announces refunds without proving them: the charge's refunds have to be read. */
export interface RefundsNotice {
  readonly types: readonly string[]
  chargeIdOf(event: StripeEvent): string | undefined
}

/** Every event that can prove a fact, by its counter. A new source is one file and one line. */
const readers: Readonly<Record<StripeCounter, readonly EventReader[]>> = {
  billing_payments_total: [paymentIntentSucceeded, paymentIntentFailed, refundSucceeded],
  billing_checkout_started_total: [checkoutSessionEnded],
}

const notices: readonly RefundsNotice[] = [chargeRefunded]

const readerByType = byType(Object.values(readers).flat())
const noticeByType = byType(notices)

function byType<T extends { readonly types: readonly string[] }>(
  all: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(all.flatMap((one) => one.types.map((type) => [type, one] as const)))
}

/** The event types that our webhook endpoint needs. */
export const eventTypes: readonly string[] = [...readerByType.keys(), ...noticeByType.keys()]

/** The reader for an event type; undefined for a type that proves nothing by itself. */
export function eventReaderFor(type: string): EventReader | undefined {
  return readerByType.get(type)
}

export function refundsNoticeFor(type: string): RefundsNotice | undefined {
  return noticeByType.get(type)
}
