import { AppError } from '../errors.ts'
import { problemResponse } from './problem.ts'
import { requestIdOf } from './request-id.ts'
import type { Fetch } from './server.ts'
import { isBrowser, startingPage } from './starting-page.ts'

export interface StartupGate {
  readonly fetch: Fetch
  /** From then on, `fetch` handles every request. */
  open(fetch: Fetch): void
}

/**
 * The handler while the ledger is still being opened: `/healthz` reports that the process is alive, everything
 * else is answered 503 with `Retry-After`: a browser with a page that tries again, others with a problem document.
 */
export function createStartupGate(): StartupGate {
  const createdAt = performance.now()
  let handler: Fetch = (request, env) => {
    if (new URL(request.url).pathname === '/healthz') return Response.json({ status: 'alive' })
    if (isBrowser(request)) return startingPage(performance.now() - createdAt)
    const error = new AppError('not_ready', 'the service is starting: try again in a moment')
    return problemResponse(error, requestIdOf(env))
  }
  return {
    fetch: (request, env) => handler(request, env),
    open: (fetch) => {
      handler = fetch
    },
  }
}
