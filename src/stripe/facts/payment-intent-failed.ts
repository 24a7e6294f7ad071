import { z } from 'zod'
import type { FailedAttempt, NamedCharge } from '../../ledger/record/failed-attempt.ts'
import { reference, type StripeEvent, storableText, stripeId } from './event.ts'
import { paymentFailure, paymentIntentSchema } from './payment-intent.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

const failedIntent = paymentIntentSchema.extend({
  /** "ID of the latest Charge object created by this PaymentIntent", since API 2022-11-15. */
  latest_charge: reference,
  /** Its charges, the newest first, before API 2022-11-15; listed events keep their version. */
  charges: z.object({ data: z.array(z.object({ id: stripeId })) }).nullish(),
  /** "For card errors, the ID of the failed charge" (stripe-node, PaymentIntents.d.ts). */
  last_payment_error: z
    .object({
      charge: z.literal('').or(reference),
      code: storableText.nullish(),
      payment_method: reference,
    })
    .nullish(),
})

const requestSchema = z
  .union([stripeId, z.object({ id: stripeId.nullish() }).transform(({ id }) => id)])
  .nullish()

/**
 * One failure per event, whichever API version rendered it. The ledger decides its key, because it
 * knows which other events name the same charge; until then it has its default key.
 */
export const paymentIntentFailed = {
  types: ['payment_intent.payment_failed'],
  read: (event: StripeEvent, context: FactContext): StripeFact<'billing_payments_total'> => {
    const intent = failedIntent.parse(event.data.object)
    const charge = namedCharge(intent)
    const error = intent.last_payment_error
    const attempt: FailedAttempt = {
      eventId: event.id,
      paymentIntent: intent.id,
      requestId: requestSchema.parse(event.request) ?? null,
      createdSeconds: event.created,
      charge,
      error: error ? { code: error.code ?? '', paymentMethod: error.payment_method ?? '' } : null,
    }
    const proof = { evidence: event.id, occurredAt: event.created * 1000 }
    const fact = paymentFailure(intent, charge?.id ?? event.id, proof, context)
    return { ...fact, proof: { ...fact.proof, attempt } }
  },
} as const

function namedCharge(intent: z.infer<typeof failedIntent>): NamedCharge | null {
  const failed = intent.last_payment_error?.charge
  if (failed) return { id: failed, namedAs: 'error' }
  const latest = intent.latest_charge ?? intent.charges?.data.at(0)?.id
  return latest === undefined || latest === null ? null : { id: latest, namedAs: 'latest' }
}
