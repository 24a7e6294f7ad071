import { AppError } from '../errors.ts'
import { problemResponse } from './problem.ts'
import type { Fetch } from './server.ts'

export interface StartupGate {
  readonly fetch: Fetch
  /** From then on, `fetch` handles every request. */
  open(fetch: Fetch): void
}

/**
 * The handler while the ledger is still being opened: `/healthz` reports that the process is alive, everything
 * else is answered 503 with `Retry-After`.
 */
export function createStartupGate(createRequestId: () => string): StartupGate {
  let handler: Fetch = (request) =>
    new URL(request.url).pathname === '/healthz'
      ? Response.json({ status: 'alive' })
      : problemResponse(
          new AppError('not_ready', 'the service is starting: try again in a moment'),
          createRequestId(),
        )
  return {
    fetch: (request, env) => handler(request, env),
    open: (fetch) => {
      handler = fetch
    },
  }
}
