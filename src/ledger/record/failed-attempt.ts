import { type FactKey, paymentKey } from '../fact-key.ts'

type PaymentKey = FactKey<'billing_payments_total'>

/**
 * A `payment_intent.payment_failed` event: one event is one attempt. The question is whether the
 * charge that it names is its own, which the event alone does not say.
 */
export interface FailedAttempt {
  readonly eventId: string
  readonly paymentIntent: string
  /** The API request that caused it; null where Stripe acted by itself. */
  readonly requestId: string | null
  /** The event's `created`, in whole seconds. */
  readonly createdSeconds: number
  readonly charge: NamedCharge | null
  /** What was tried and how it ended: tells attempts of one second apart. */
  readonly error: { readonly code: string; readonly paymentMethod: string } | null
}

export interface NamedCharge {
  readonly id: string
  /**
   * `error`: by `last_payment_error.charge`, so surely this attempt's. `latest`: by `latest_charge`,
   * this attempt's or an earlier one's.
   */
  readonly namedAs: ChargeSlot
}

/** Each charge has two slots. Whoever has `latest` has the charge's key. */
export type ChargeSlot = 'error' | 'latest'

/** What is remembered of the attempts that were seen. */
export interface AttemptMemory {
  /** Whether the event, or its twin, was seen. */
  has(attempt: FailedAttempt, twin: string): boolean
  /** Takes a slot that is free; answers whether it was. */
  takeSlot(chargeId: string, slot: ChargeSlot, eventId: string): boolean
  remember(attempt: FailedAttempt, twin: string, factKey: string): void
}

/**
 * The key under which an attempt counts; undefined for one that counts already. The sum is the same
 * in whatever order events and listed charges arrive; which event has a charge's key is not.
 */
export function claimKey(attempt: FailedAttempt, memory: AttemptMemory): PaymentKey | undefined {
  const twin = twinOf(attempt)
  if (memory.has(attempt, twin)) return undefined
  const factKey = takeKey(attempt, memory)
  if (factKey !== undefined) memory.remember(attempt, twin, factKey)
  return factKey
}

function takeKey(
  { eventId, charge }: FailedAttempt,
  memory: AttemptMemory,
): PaymentKey | undefined {
  if (charge === null) return paymentKey('failed', eventId)
  if (charge.namedAs === 'error' && !memory.takeSlot(charge.id, 'error', eventId)) return undefined
  return memory.takeSlot(charge.id, 'latest', eventId)
    ? paymentKey('failed', charge.id)
    : paymentKey('failed', eventId)
}

/** A memory of its own, for what is compared and not recorded. */
export function createAttemptMemory(): AttemptMemory {
  const seen = new Set<string>()
  const slots = new Set<string>()
  return {
    has: ({ eventId }, twin) => seen.has(eventId) || seen.has(twin),
    takeSlot: (chargeId, slot) => {
      const name = `${chargeId} ${slot}`
      const isFree = !slots.has(name)
      slots.add(name)
      return isFree
    },
    remember: ({ eventId }, twin) => {
      seen.add(eventId)
      seen.add(twin)
    },
  }
}

/**
 * The same for two events that Stripe made of one attempt, which it sometimes does
 * (docs.stripe.com/webhooks, "Handle duplicate events"): one request makes one attempt, and what
 * Stripe does by itself is told by its second, charge and error.
 */
export function twinOf(attempt: FailedAttempt): string {
  const { paymentIntent, requestId, createdSeconds, charge, error } = attempt
  return requestId === null
    ? [paymentIntent, createdSeconds, charge?.id, error?.code, error?.paymentMethod].join(' ')
    : `${paymentIntent} ${requestId}`
}
