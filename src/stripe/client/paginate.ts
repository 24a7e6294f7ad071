import { withSignal } from '../../time/with-timeout.ts'
import { ListFault, type PageStart, type StripePage } from './lists.ts'
import type { Pacing } from './pacing.ts'
import { isUnknownCursor, rateLimitWaitMs } from './stripe-error.ts'

const pageCountMax = 200_000
const refusalCountMax = 6
const waitMsMax = 30_000

const firstPage: PageStart = { startingAfter: undefined, createdToSeconds: undefined }

/**
 * Passes every page of a list to `handle`, newest first, with one page in memory at a time; `from`
 * is where an earlier run stopped. Waits as long as Stripe asks when it is rate limited, and skips
 * an object that Stripe no longer has. Rejects with a `ListFault` when the list does not end as it
 * should, and with the signal's reason once it is aborted, without waiting for the request in flight.
 */
export async function forEachPage(
  fetchPage: (start: PageStart) => Promise<StripePage>,
  handle: (page: StripePage) => Promise<void>,
  pacing: Pacing,
  from: PageStart = firstPage,
): Promise<void> {
  const requested = new Set<string>()
  let start = from
  for (let count = 0; count < pageCountMax; count += 1) {
    if (start.startingAfter !== undefined) requested.add(start.startingAfter)
    const page = await fetchFrom(start, fetchPage, pacing)
    if (page.next?.startingAfter !== undefined && requested.has(page.next.startingAfter))
      throw new ListFault('a page of the list repeats: starting_after is being ignored')
    await handle(page)
    if (page.next === undefined) return
    start = page.next
  }
  throw new ListFault(`the list has more than ${pageCountMax} pages`)
}

/** If Stripe no longer has the object, the list continues from the second in which it was created. */
async function fetchFrom(
  start: PageStart,
  fetchPage: (start: PageStart) => Promise<StripePage>,
  pacing: Pacing,
): Promise<StripePage> {
  try {
    return await withRateLimitRetry(() => fetchPage(start), pacing)
  } catch (cause) {
    if (start.startingAfter === undefined || !isUnknownCursor(cause)) throw cause
    return withRateLimitRetry(() => fetchPage({ ...start, startingAfter: undefined }), pacing)
  }
}

/** Makes a call and retries it when Stripe's rate limit was hit, at most six attempts in total. */
export async function withRateLimitRetry<T>(
  call: () => Promise<T>,
  { signal, pause, turn }: Pacing,
): Promise<T> {
  for (let refusals = 1; ; refusals += 1) {
    signal.throwIfAborted()
    await turn()
    try {
      return await withSignal(call(), signal)
    } catch (cause) {
      const waitMs = rateLimitWaitMs(cause)
      if (waitMs === undefined || refusals >= refusalCountMax) throw cause
      await pause(Math.min(waitMs * 2 ** (refusals - 1), waitMsMax))
    }
  }
}
