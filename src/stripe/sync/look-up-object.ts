import type { StripeCounter } from '../../../instrumentation/counters.ts'
import { type NamedByKey, type ParsedFactKey, parseFactKey } from '../../ledger/fact-key.ts'
import type { ObjectKind, StripeLists } from '../client/lists.ts'
import { readCharge } from '../facts/charge.ts'
import { readCheckoutSession } from '../facts/checkout-session.ts'
import { reasonOf } from '../facts/explain-unreadable.ts'
import { readSucceededIntent } from '../facts/payment-intent.ts'
import { readKnownRefund } from '../facts/refund.ts'
import type { FactContext, StripeFact } from '../facts/stripe-fact.ts'

/** The result of retrieving the object of a fact that was not in its list. */
export type LookUpResult =
  /** The object agrees with the fact: it was created before the list begins, or listed late. */
  | 'confirmed'
  /** The object no longer agrees, such as a refund that failed after it had succeeded. */
  | 'changed'
  /** Stripe has no such object. */
  | 'absent'
  /** An attempt without a charge is in no list and has no object of its own. */
  | 'no_object'
  /** Stripe's response cannot be read. */
  | 'unreadable'

interface Source {
  readonly kind: ObjectKind
  read(object: unknown, context: FactContext): StripeFact | undefined
}

type Sources = {
  readonly [Name in StripeCounter]: Readonly<Record<NamedByKey<Name>, Source | 'no_object'>>
}

/** Where an object is retrieved and how it is read, by the counter and by what the key names. */
const sources: Sources = {
  billing_payments_total: {
    payment_intent: { kind: 'payment_intents', read: readSucceededIntent },
    charge: { kind: 'charges', read: readCharge },
    event: 'no_object',
    refund: { kind: 'refunds', read: readKnownRefund },
  },
  billing_checkout_started_total: {
    checkout_session: { kind: 'checkout_sessions', read: readCheckoutSession },
  },
}

function sourceOf<Name extends StripeCounter>(key: ParsedFactKey<Name>): Source | 'no_object' {
  return sources[key.counter][key.names]
}

/** Attempts that made no charge are identified only by their event. */
export function isWithoutObject(key: string): boolean {
  return parseFactKey(key)?.names === 'event'
}

/** Retrieves the object of a key from Stripe. Rejects as the gateway's calls do. */
export async function lookUp(
  key: string,
  lists: Pick<StripeLists, 'retrieveObject'>,
  context: FactContext,
): Promise<LookUpResult> {
  const parsed = parseFactKey(key)
  if (parsed === undefined || parsed.names === 'post')
    throw new TypeError(`the key ${key} has no Stripe object`)
  const source = sourceOf(parsed)
  if (source === 'no_object') return source
  const object = await lists.retrieveObject(source.kind, parsed.id)
  if (object === undefined) return 'absent'
  try {
    return source.read(object, context)?.proof.key === key ? 'confirmed' : 'changed'
  } catch (cause) {
    if (reasonOf(cause) === undefined) throw cause
    return 'unreadable'
  }
}
