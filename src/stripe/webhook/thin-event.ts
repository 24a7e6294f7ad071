import { z } from 'zod'
import type { Mode } from '../../ledger/identity.ts'

/** Events may never have been generated; only Stripe's lists show what they would have told. */
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

const lostEventsType = 'v2.core.health.event_generation_failure.resolved'

/** Tells a thin event by its `object`; undefined for a snapshot event. Pure. */
export function readThinEvent(
  body: unknown,
  mode: Mode,
): LostEventsNotice | 'not_counted' | undefined {
  if (typeof body !== 'object' || body === null || !('object' in body)) return undefined
  if (body.object !== 'v2.core.event') return undefined
  const { data: event } = thinEventSchema.safeParse(body)
  if (event === undefined || event.type !== lostEventsType) return 'not_counted'
  const isOtherMode = (event.livemode ?? mode === 'live') !== (mode === 'live')
  return isOtherMode ? 'not_counted' : { eventId: event.id }
}
