import type { StripeGateway } from './gateway.ts'
import type { Pacing } from './pacing.ts'
import { withRateLimitRetry } from './paginate.ts'
import { isUnavailable } from './stripe-error.ts'

/**
 * Objects to read from Stripe in addition to an event or a listed object. Rejects as the gateway's calls
 * do, and with `UnansweredCharge` where a retry would not help.
 */
export interface RefundSource {
  /** With its balance transaction; undefined if Stripe has no such charge. */
  retrieveCharge(chargeId: string): Promise<unknown>
  /** All refunds of a charge, with the charge. */
  listRefunds(chargeId: string): Promise<readonly unknown[]>
}

/** Stripe keeps failing for one charge while other requests succeed. */
export class UnansweredCharge extends Error {
  override readonly name = 'UnansweredCharge'
}

const callsMaxDefault = 4

/** Calls the gateway with limited concurrency: a page of 100 events must not become 100 concurrent calls. */
export function createRefundSource(
  gateway: Pick<StripeGateway, 'retrieveCharge' | 'listRefundsOfCharge'>,
  callsMax = callsMaxDefault,
): RefundSource {
  const limited = createLimiter(callsMax)
  return {
    retrieveCharge: (chargeId) => limited(() => gateway.retrieveCharge(chargeId)),
    listRefunds: (chargeId) => limited(() => gateway.listRefundsOfCharge(chargeId)),
  }
}

const failuresMax = 3

/**
 * For sync jobs: waits when Stripe asks for it. A job whose charge cannot be read fails and is retried
 * later; after the third failure the charge is skipped, so that it does not block all others.
 * `failures` is counted by charge, across all jobs.
 */
export function patientRefundSource(
  source: RefundSource,
  pacing: Pacing,
  failures: Map<string, number>,
): RefundSource {
  const withRetry =
    <T>(ask: (chargeId: string) => Promise<T>) =>
    async (chargeId: string): Promise<T> => {
      try {
        const answer = await withRateLimitRetry(() => ask(chargeId), pacing)
        failures.delete(chargeId)
        return answer
      } catch (cause) {
        if (!isUnavailable(cause)) throw cause
        const count = (failures.get(chargeId) ?? 0) + 1
        failures.set(chargeId, count)
        if (count < failuresMax) throw cause
        failures.delete(chargeId)
        throw new UnansweredCharge(`Stripe failed to respond ${count} times`, { cause })
      }
    }
  return {
    retrieveCharge: withRetry(source.retrieveCharge),
    listRefunds: withRetry(source.listRefunds),
  }
}

function createLimiter(runningMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= runningMax) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
