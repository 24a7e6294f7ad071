import { z } from 'zod'
import type { UnitOfWork } from '../context.ts'
import type { Charge, CheckoutSession, PaymentIntent } from '../objects/types.ts'

export interface FailedAttempt {
  readonly atSeconds: number
  readonly code: string
  readonly message: string
}

export interface ShownPayment {
  readonly intent: PaymentIntent
  readonly charge: Charge | undefined
  readonly session: CheckoutSession | undefined
  /** Newest first. */
  readonly attempts: readonly FailedAttempt[]
}

const shownMax = 8
const attemptsMax = 50
const ever = { min: 0, max: Number.MAX_SAFE_INTEGER }

const failedIntent = z.object({
  id: z.string(),
  last_payment_error: z.object({ code: z.string(), message: z.string() }),
})

/** The newest payments, what was bought, and the attempts at each that failed. */
export function recentPayments(unit: UnitOfWork): ShownPayment[] {
  const { store, nowMs } = unit
  const attempts = failedAttempts(unit)
  return store
    .list('payment_intent', { limit: shownMax, nowMs, created: ever })
    .items.map((intent) => ({
      intent,
      charge: intent.latest_charge ? store.find('charge', intent.latest_charge) : undefined,
      session: intent.$.session ? store.find('checkout_session', intent.$.session) : undefined,
      attempts: attempts.get(intent.id) ?? [],
    }))
}

/** Whether an attempt failed because 3-D Secure was refused. */
export function isRefused(code: string): boolean {
  return code === 'payment_intent_authentication_failure'
}

/** From the events, since an attempt without a charge leaves no other trace. */
function failedAttempts({ store, nowMs }: UnitOfWork): ReadonlyMap<string, FailedAttempt[]> {
  const groupKeys = ['payment_intent.payment_failed']
  const { items } = store.list('event', { limit: attemptsMax, nowMs, created: ever, groupKeys })
  const found = items.flatMap(({ created, data }) => {
    const parsed = failedIntent.safeParse(data.object)
    if (!parsed.success) return []
    return [{ id: parsed.data.id, atSeconds: created, ...parsed.data.last_payment_error }]
  })
  return Map.groupBy(found, ({ id }) => id)
}
