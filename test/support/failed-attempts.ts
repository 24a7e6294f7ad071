import type { FailedAttempt } from '../../src/ledger/record/failed-attempt.ts'
import type { Random } from './random.ts'

/** One failed attempt of a PaymentIntent: what Stripe's events and lists report about it. */
export interface Attempt {
  /** The event, and the twin that Stripe sometimes makes of it. */
  readonly events: readonly FailedAttempt[]
  /** The charge that the attempt made, which a list shows. */
  readonly ownCharge: string | null
}

/** One to five failed attempts of every kind that is known, on one PaymentIntent. */
export function createAttempts(random: Random, life: number): readonly Attempt[] {
  let latestCharge: string | null = null
  let createdSeconds = 1_800_000_000
  return Array.from({ length: random.integer(1, 5) }, (_, index): Attempt => {
    const kind = random.pick(['declined card', 'bank debit', 'no charge'])
    const ownCharge = kind === 'no charge' ? null : `ch_${life}_${index}`
    latestCharge = ownCharge ?? latestCharge
    createdSeconds += random.integer(0, 3)
    const event = {
      paymentIntent: `pi_${life}`,
      requestId: random.chance(0.6) ? `req_${life}_${index}` : null,
      createdSeconds,
      error: { code: kind, paymentMethod: `pm_${index}` },
      charge:
        latestCharge === null
          ? null
          : ({
              id: latestCharge,
              namedAs: kind === 'declined card' ? 'error' : 'latest',
            } as const),
    }
    const events = Array.from({ length: random.chance(0.2) ? 2 : 1 }, (_, twin) => ({
      ...event,
      eventId: `evt_${life}_${index}_${twin}`,
    }))
    return { events, ownCharge }
  })
}
