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
  return alreadySent
}

/** Tells Hono's server that nothing is left to send. */
export const alreadySent = withoutShortcut(RESPONSE_ALREADY_SENT)

/**
 * Hono's server writes a response that it made itself, and whose body nobody has read, without a look at the header
 * that says "already sent". This one is its own where a server was created before this file was loaded.
 */
function withoutShortcut(response: Response): Response {
  if (response.body !== null) throw new Error('a response without a body was expected')
  return response
}
