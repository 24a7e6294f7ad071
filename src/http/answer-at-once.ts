import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'

/**
 * Answers 200 with JSON on Node's own response and returns what tells Hono's server that this has been done:
 * a Web response costs more. Does nothing if the request has been answered, as it is when the service stops.
 */
export function answerAtOnce({ outgoing }: HttpBindings, json: string): Response {
  if (!outgoing.headersSent) {
    outgoing.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
    })
    outgoing.end(json)
  }
  return RESPONSE_ALREADY_SENT
}
