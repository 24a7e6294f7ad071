import { z } from 'zod'
import { reference, type StripeEvent, stripeId } from './event.ts'

const chargeSchema = z.object({
  id: stripeId,
  captured: z.boolean().nullish(),
  payment_intent: reference,
})

/**
 * A notice that a charge has refunds. It is cumulative and proves none of them. Before API
 * 2024-10-28.acacia refunds of charges have no `refund.created`, so endpoints of older versions learn
 * of them by this alone (docs.stripe.com/changelog/acacia/2024-10-28).
 */
export const chargeRefunded = {
  types: ['charge.refunded'],
  /** The charge whose refunds have to be read; undefined if none of them can count. */
  chargeIdOf: (event: StripeEvent): string | undefined => {
    const { id, captured, payment_intent: intent } = chargeSchema.parse(event.data.object)
    return intent === null || intent === undefined || captured === false ? undefined : id
  },
} as const
