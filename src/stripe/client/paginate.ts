import { withSignal } from '../../time/with-timeout.ts'
import { ListFault, type PageStart, type StripePage } from './lists.ts'
import type { Pacing } from './pacing.ts'
import { isUnknownCursor, rateLimitWaitMs } from './stripe-error.ts'

const pageCountMax = 200_000
const refusalCountMax = 6
const waitMsMax = 30_000

const firstPage: PageStart = { startingAfter: undefined, createdToSeconds: undefined }

/**
 * Hands every page of a list to `take`, one after the other, newest first, holding one at a time; `from`
 * is where an earlier reading broke off. Waits as Stripe asks when it is asked too often, and steps over
 * an object that Stripe no longer has. Rejects with a `ListFault` when the list does not end as it
 * should, and with the signal's reason once it is aborted, without waiting for the answer under way.
 */
export async function forEachPage(
  fetchPage: (start: PageStart) => Promise<StripePage>,
  take: (page: StripePage) => Promise<void>,
  pacing: Pacing,
  from: PageStart = firstPage,
): Promise<void> {
  const asked = new Set<string>()
  let start = from
  for (let count = 0; count < pageCountMax; count += 1) {
    if (start.startingAfter !== undefined) asked.add(start.startingAfter)
    const page = await fetchFrom(start, fetchPage, pacing)
    if (page.next?.startingAfter !== undefined && asked.has(page.next.startingAfter))
      throw new ListFault('a page of the list repeats: something ignores starting_after')
    await take(page)
    if (page.next === undefined) return
    start = page.next
  }
  throw new ListFault(`the list has more than ${pageCountMax} pages`)
}

/** Where Stripe does not know the object any more, the list goes on from the second it was created in. */
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

/** Makes a call, again when Stripe was asked too often: at most six times in all. */
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
