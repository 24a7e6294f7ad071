import type { StripeGateway } from './gateway.ts'
import type { Pacing } from './pacing.ts'
import { withRateLimitRetry } from './paginate.ts'
import { isUnavailable } from './stripe-error.ts'

/**
 * What has to be asked of Stripe beside an event or a listed object. Rejects as the gateway's calls
 * do, and with `UnansweredCharge` where asking again is of no use.
 */
export interface RefundSource {
  /** With its balance transaction; undefined when Stripe has no such charge. */
  retrieveCharge(chargeId: string): Promise<unknown>
  /** Every refund of a charge, with the charge. */
  listRefunds(chargeId: string): Promise<readonly unknown[]>
}

/** Stripe goes on failing at one charge while it answers otherwise. */
export class UnansweredCharge extends Error {
  override readonly name = 'UnansweredCharge'
}

const callsMaxDefault = 4

/** Asks the gateway, a few calls at a time: a page of a hundred events must not be a hundred calls. */
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
 * For sync jobs: waits when Stripe asks for it. A job whose charge cannot be read ends and is tried
 * again later; at the third time the charge is given up, so that it does not hold up all others.
 * `failures` counts by charge, over all jobs.
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
        throw new UnansweredCharge(`Stripe failed ${count} times to answer`, { cause })
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
