import { AppError } from '../errors.ts'
import { problemResponse } from './problem.ts'
import { requestIdOf } from './request-id.ts'
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
export function createStartupGate(): StartupGate {
  let handler: Fetch = (request, env) =>
    new URL(request.url).pathname === '/healthz'
      ? Response.json({ status: 'alive' })
      : problemResponse(
          new AppError('not_ready', 'the service is starting: try again in a moment'),
          requestIdOf(env),
        )
  return {
    fetch: (request, env) => handler(request, env),
    open: (fetch) => {
      handler = fetch
    },
  }
}
