import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'
import { hasBody } from './lingering-close.ts'
import { readRawBody } from './read-raw-body.ts'

const bodyBytesMax = 64 * 1024

/**
 * Reads a body of at most `bytesMax` (64 KiB by default) before the route does. Throws `body_too_large`, and
 * `body_incomplete` if the connection broke or a chunk is malformed, neither of which is a server error.
 */
export function readBodies(bytesMax = bodyBytesMax): MiddlewareHandler<{ Bindings: HttpBindings }> {
  return async (context, next) => {
    const { incoming } = context.env
    const mayHaveBody = incoming.method !== 'GET' && incoming.method !== 'HEAD'
    // The server's adapter reads a request's body from `rawBody` where there is one.
    if (mayHaveBody && hasBody(incoming))
      Object.assign(incoming, { rawBody: await readRawBody(incoming, bytesMax) })
    await next()
  }
}
