import { z } from 'zod'
import { lacksPermission } from '../../stripe/client/stripe-error.ts'
import { eventTypes } from '../../stripe/facts/registry.ts'
import type { DoctorContext } from './check.ts'

/** Stripe lists events for 30 days. */
const listedMs = 29 * 86_400_000

const versioned = z.object({ api_version: z.string() })

/**
 * The account's default API version. Stripe renders listed events in the default version of their time
 * (docs.stripe.com/api/events/object, `api_version`), so the newest event shows it. Undefined where there
 * is none, or the key may not list events.
 */
export async function readDefaultVersion({
  gateway,
  now,
}: DoctorContext): Promise<string | undefined> {
  const createdFromSeconds = Math.floor((now() - listedMs) / 1000)
  try {
    const query = { createdFromSeconds, startingAfter: undefined }
    const { objects } = await gateway.listEvents(eventTypes, query)
    return versioned.safeParse(objects[0]).data?.api_version
  } catch (failure) {
    if (lacksPermission(failure)) return undefined
    throw failure
  }
}
