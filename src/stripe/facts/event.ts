import { z } from 'zod'

/** PostgreSQL cannot store U+0000, and no UTF-8 a lone surrogate. */
export const storableText = z.string().regex(/^[^\p{Cc}\p{Cs}]{0,200}$/u)

/** An id of Stripe's, as it goes into keys. */
export const stripeId = storableText.min(1)

/** The last second that RFC 3339 can write, whose years have four digits. */
const secondsMax = 253_402_300_799

/** An instant of Stripe's, in whole seconds. */
export const seconds = z.int().nonnegative().max(secondsMax)

/** A snapshot event as far as we read it: only fields that no API version has moved. */
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
  /** A text before API 2017-05-25, an object since. */
  request: z.unknown().optional(),
  data: z.object({ object: z.unknown() }),
})

export type StripeEvent = z.infer<typeof eventSchema>

/** A reference that is an id, or the object itself where it was expanded. */
export const reference = z
  .union([stripeId, z.object({ id: stripeId }).transform(({ id }) => id)])
  .nullish()

/** Minor units. Stripe's amounts have at most twelve digits (docs.stripe.com/currencies): sums stay exact. */
export const amount = z.int().nonnegative().max(999_999_999_999_999)
export const currency = storableText.min(1)
