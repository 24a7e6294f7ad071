import { type FactKey, paymentKey } from '../fact-key.ts'

type PaymentKey = FactKey<'billing_payments_total'>

/**
 * A `payment_intent.payment_failed` event: one event is one attempt. Whether the charge that it names
 * belongs to this attempt cannot be known from the event alone.
 */
export interface FailedAttempt {
  readonly eventId: string
  readonly paymentIntent: string
  /** The API request that caused it; null if Stripe acted on its own. */
  readonly requestId: string | null
  /** The event's `created`, in whole seconds. */
  readonly createdSeconds: number
  readonly charge: NamedCharge | null
  /** The payment method and the error: distinguishes attempts within one second. */
  readonly error: { readonly code: string; readonly paymentMethod: string } | null
}

export interface NamedCharge {
  readonly id: string
  /**
   * `error`: named in `last_payment_error.charge`, so certainly this attempt's. `latest`: named in
   * `latest_charge`, so this attempt's or an earlier one's.
   */
  readonly namedAs: ChargeSlot
}

/** Each charge has two slots. The event that holds `latest` gets the charge's key. */
export type ChargeSlot = 'error' | 'latest'

/** The attempts seen so far. */
export interface AttemptMemory {
  /** Whether the event, or its twin, was seen. */
  has(attempt: FailedAttempt, twin: string): boolean
  /** Takes a slot if it is free; returns whether it was. */
  takeSlot(chargeId: string, slot: ChargeSlot, eventId: string): boolean
  remember(attempt: FailedAttempt, twin: string, factKey: string): void
}

/**
 * The key under which an attempt is counted; undefined if it is already counted. The sum does not depend
 * on the order in which events and listed charges arrive; which event gets a charge's key does.
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

/** A memory that is independent of the ledger, for comparing attempts without recording them. */
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
 * Equal for two events that Stripe created for one attempt, which it sometimes does
 * (docs.stripe.com/webhooks, "Handle duplicate events"). One request makes one attempt; without a request,
 * the second, charge and error identify it.
 */
export function twinOf(attempt: FailedAttempt): string {
  const { paymentIntent, requestId, createdSeconds, charge, error } = attempt
  return requestId === null
    ? [paymentIntent, createdSeconds, charge?.id, error?.code, error?.paymentMethod].join(' ')
    : `${paymentIntent} ${requestId}`
}
