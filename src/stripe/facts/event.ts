import { z } from 'zod'

/** PostgreSQL cannot store U+0000, and no UTF-8 a lone surrogate. */
export const storableText = z.string().regex(/^[^\p{Cc}\p{Cs}]{0,200}$/u)

/** An id of Stripe's, as it goes into keys. */
export const stripeId = storableText.min(1)

/** The end of the year 9999: in milliseconds it is still a safe integer, which later instants are not. */
const secondsMax = 253_402_300_799

export const amount = z.int().nonnegative()
export const seconds = z.int().nonnegative().max(secondsMax)

/** A snapshot event as far as we read it: only fields that no API version has moved. */
export const eventSchema = z.object({
  id: stripeId,
  object: z.literal('event'),
  type: z.string().min(1).max(200),
  /** Whole seconds. */
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

export const currency = storableText.min(1)
