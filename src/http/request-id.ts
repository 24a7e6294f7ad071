import { randomUUID } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'

/** The id of a request, the same whenever it is asked for. */
export type RequestIdOf = (env: HttpBindings) => string

/** No characters of an address, a name with spaces or a header injection. */
const token = /^[\w.:/+=-]{1,128}$/

/**
 * Returns the caller's `X-Request-Id` if it is one token of at most 128 characters, so that a trace through a proxy
 * keeps one id; otherwise a new UUID, which replaces the header for every later call.
 */
export function requestIdOf({ incoming }: HttpBindings): string {
  const { headers } = incoming
  const given = headers['x-request-id']
  if (typeof given === 'string' && token.test(given)) return given
  const id = randomUUID()
  headers['x-request-id'] = id
  return id
}
