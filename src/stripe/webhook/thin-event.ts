import { z } from 'zod'
import type { Mode } from '../../ledger/identity.ts'
import { type IgnoredReason, isLive } from '../facts/is-ours.ts'
import { eventTypes } from '../facts/registry.ts'

/** Events may never have been generated; only Stripe's lists show what happened. */
export interface LostEventsNotice {
  readonly eventId: string
}

const thinEventSchema = z.object({
  id: z
    .string()
    .regex(/^\w{1,200}$/)
    .catch('unknown'),
  object: z.literal('v2.core.event'),
  type: z.string(),
  livemode: z.boolean().nullish().catch(null),
})

/** The thin form of a counted event has none of its content. */
const paymentTypes: ReadonlySet<string> = new Set(eventTypes.map((type) => `v1.${type}`))

/** Stripe's report that it failed to generate events. */
export const lostEventsType = 'v2.core.health.event_generation_failure.resolved'

/** Classifies a thin event by its `object`; undefined for a snapshot event. Pure. */
export function readThinEvent(
  body: unknown,
  mode: Mode,
): LostEventsNotice | IgnoredReason | 'not_counted' | undefined {
  if (typeof body !== 'object' || body === null || !('object' in body)) return undefined
  if (body.object !== 'v2.core.event') return undefined
  const { data: event } = thinEventSchema.safeParse(body)
  if (event === undefined) return 'not_counted'
  if ((event.livemode ?? isLive(mode)) !== isLive(mode)) return 'other_mode'
  if (event.type === lostEventsType) return { eventId: event.id }
  return paymentTypes.has(event.type) ? 'thin_payment_event' : 'not_counted'
}
