import { z } from 'zod'

/** A snapshot event as far as we read it: only fields that no API version has moved. */
export const eventSchema = z.object({
  id: z.string().min(1).max(200),
  object: z.literal('event'),
  type: z.string().min(1).max(200),
  /** Whole seconds. */
  created: z.int().nonnegative(),
  livemode: z.boolean(),
  /** The connected account, on Connect events only. */
  account: z.string().nullish(),
  data: z.object({ object: z.unknown() }),
})

export type StripeEvent = z.infer<typeof eventSchema>

/** A reference that is an id, or the object itself where it was expanded. */
export const reference = z
  .union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)])
  .nullish()

export const amount = z.int().nonnegative()
export const seconds = z.int().nonnegative()
