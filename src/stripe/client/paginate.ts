import { withSignal } from '../../time/with-timeout.ts'
import type { StripePage } from './lists.ts'
import { rateLimitWaitMs } from './stripe-error.ts'

/** How a sync job waits and how it is told to stop. */
export interface Pacing {
  readonly signal: AbortSignal
  /** Resolves after so long; rejects when the signal stops the job. */
  readonly pause: (waitMs: number) => Promise<void>
}

const pageCountMax = 200_000
const refusalCountMax = 6
const waitMsMax = 30_000

/**
 * Hands every page of a list to `take`, one after the other, newest first, holding one at a time.
 * Waits as Stripe asks when it is asked too often. Rejects with the signal's reason once it is
 * aborted, without waiting for the answer under way.
 */
export async function forEachPage(
  fetchPage: (startingAfter: string | undefined) => Promise<StripePage>,
  take: (page: StripePage) => Promise<void>,
  pacing: Pacing,
): Promise<void> {
  let startingAfter: string | undefined
  for (let count = 0; count < pageCountMax; count += 1) {
    const after = startingAfter
    const page = await withRateLimitRetry(() => fetchPage(after), pacing)
    await take(page)
    startingAfter = page.nextAfter
    if (startingAfter === undefined) return
  }
  throw new RangeError(`a list of Stripe's has more than ${pageCountMax} pages`)
}

/** Makes a call, again when Stripe was asked too often: at most six times in all. */
export async function withRateLimitRetry<T>(
  call: () => Promise<T>,
  { signal, pause }: Pacing,
): Promise<T> {
  for (let refusals = 1; ; refusals += 1) {
    signal.throwIfAborted()
    try {
      return await withSignal(call(), signal)
    } catch (cause) {
      const waitMs = rateLimitWaitMs(cause)
      if (waitMs === undefined || refusals >= refusalCountMax) throw cause
      await pause(Math.min(waitMs * 2 ** (refusals - 1), waitMsMax))
    }
  }
}
