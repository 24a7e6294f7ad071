import { paymentKey } from '../../ledger/fact-key.ts'
import { chargeToAsk, isOfCapturedMoney, type Refund, refundSchema } from './refund-or-release.ts'
import type { ChargeQuestion, FactContext, FactEvidence, StripeFact } from './stripe-fact.ts'
import { Unreadable } from './unreadable.ts'

/** The charge that has to be retrieved before a refund can be read. */
export function chargeQuestion(object: unknown): ChargeQuestion | undefined {
  const refund = refundSchema.parse(object)
  if (!mayCount(refund)) return undefined
  const chargeId = chargeToAsk(refund)
  return chargeId === undefined ? undefined : { chargeId, key: paymentKey('refunded', refund.id) }
}

/**
 * A succeeded refund of captured money; undefined for every other refund. `charge` is the
 * charge named by `chargeQuestion`. The evidence of a listed refund is the refund itself.
 */
export function readRefund(
  object: unknown,
  context: FactContext,
  proof?: FactEvidence,
  charge?: unknown,
): StripeFact | undefined {
  const refund = refundSchema.parse(object)
  if (!mayCount(refund)) return undefined
  const known = charge ?? refund.charge
  if (known === null || known === undefined || typeof known === 'string')
    throw new Unreadable('charge: without it a refund cannot be distinguished from a release')
  return isOfCapturedMoney(refund, known) ? toFact(refund, context, proof) : undefined
}

/** The same for a refund that is in the ledger: if its charge does not decide, its status does. */
export function readKnownRefund(object: unknown, context: FactContext): StripeFact | undefined {
  try {
    return readRefund(object, context)
  } catch (cause) {
    if (!(cause instanceof Unreadable)) throw cause
    return toFact(refundSchema.parse(object), context, undefined)
  }
}

/** Payments without a PaymentIntent never count, so their refunds do not either. */
function mayCount({ status, reason, payment_intent: intent }: Refund): boolean {
  return (
    status === 'succeeded' &&
    reason !== 'expired_uncaptured_charge' &&
    intent !== null &&
    intent !== undefined
  )
}

function toFact(
  refund: Refund,
  { source }: FactContext,
  proof: FactEvidence | undefined,
): StripeFact {
  const createdAt = refund.created * 1000
  return {
    counter: 'billing_payments_total',
    label: 'refunded',
    proof: {
      key: paymentKey('refunded', refund.id),
      occurredAt: proof?.occurredAt ?? createdAt,
      objectCreatedAt: createdAt,
      source,
      evidence: proof?.evidence ?? refund.id,
      amountMinor: refund.amount,
      currency: refund.currency,
    },
  }
}
