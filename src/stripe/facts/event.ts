import { z } from 'zod'

/** PostgreSQL cannot store U+0000, and no UTF-8 a lone surrogate. */
export const storableText = z.string().regex(/^[^\p{Cc}\p{Cs}]{0,200}$/u)

/** A Stripe id, as used in fact keys. */
export const stripeId = storableText.min(1)

/** The last second that RFC 3339 can express with its four-digit years. */
const secondsMax = 253_402_300_799

/** A Stripe timestamp, in whole seconds. */
export const seconds = z.int().nonnegative().max(secondsMax)

/** The fields that we read of a snapshot event: only those that no API version has moved. */
export const eventSchema = z.object({
  id: stripeId,
  object: z.literal('event'),
  type: z.string().min(1).max(200),
  created: seconds,
  livemode: z.boolean(),
  /** The connected account, on Connect events only. */
  account: z.string().nullish(),
  /** "Authentication context needed to fetch the event" (stripe-node, Events.d.ts): an account, or a path to one. */
  context: z.string().nullish(),
  /** A string before API 2017-05-25, an object since. */
  request: z.unknown().optional(),
  data: z.object({ object: z.unknown() }),
})

export type StripeEvent = z.infer<typeof eventSchema>

/** A reference: an id, or the expanded object. */
export const reference = z
  .union([stripeId, z.object({ id: stripeId }).transform(({ id }) => id)])
  .nullish()

/** Minor units. Stripe's amounts have at most twelve digits (docs.stripe.com/currencies): sums stay exact. */
export const amount = z.int().nonnegative().max(999_999_999_999_999)
export const currency = storableText.min(1)
