import type { ObjectKind, StripeLists } from '../client/lists.ts'
import { readCharge } from '../facts/charge.ts'
import { readCheckoutSession } from '../facts/checkout-session.ts'
import { readSucceededIntent } from '../facts/payment-intent.ts'
import { readRefund } from '../facts/refund.ts'
import type { FactContext, StripeFact } from '../facts/stripe-fact.ts'

/** What Stripe says when asked for the object behind a fact that its list did not show. */
export type LookUpResult =
  /** The object says the same as the fact: it was created before the list begins, or listed late. */
  | 'confirmed'
  /** The object says otherwise by now, as a refund that failed after it had succeeded. */
  | 'changed'
  /** Stripe has no such object. */
  | 'absent'
  /** An attempt without a charge is in no list and has no object of its own. */
  | 'no_object'

interface Source {
  readonly prefix: string
  readonly kind: ObjectKind
  read(object: unknown, context: FactContext): StripeFact | undefined
}

const sources: readonly Source[] = [
  { prefix: 'payment:success:', kind: 'payment_intents', read: readSucceededIntent },
  { prefix: 'payment:failed:', kind: 'charges', read: readCharge },
  { prefix: 'payment:refunded:', kind: 'refunds', read: readRefund },
  { prefix: 'checkout:', kind: 'checkout_sessions', read: readCheckoutSession },
]

/** Attempts that made no charge are known by their event alone. */
export function isWithoutObject(key: string): boolean {
  return key.startsWith('payment:failed:evt_')
}

/** Asks Stripe for the object behind a key. Rejects as the gateway's calls do, or with a ZodError. */
export async function lookUp(
  key: string,
  lists: Pick<StripeLists, 'retrieveObject'>,
  context: FactContext,
): Promise<LookUpResult> {
  if (isWithoutObject(key)) return 'no_object'
  const source = sources.find(({ prefix }) => key.startsWith(prefix))
  if (source === undefined)
    throw new TypeError(`no object of Stripe's stands behind the key ${key}`)
  const object = await lists.retrieveObject(source.kind, key.slice(source.prefix.length))
  if (object === undefined) return 'absent'
  return source.read(object, context)?.proof.key === key ? 'confirmed' : 'changed'
}
