import type { IncomingMessage } from 'node:http'

/** Responds to requests whose body was not read, such as those refused before it. */
export interface LingeringClose {
  /**
   * Returns the response with `connection: close` if a part of the request's body is still to come, otherwise
   * unchanged. An error then ends only after the rest of the body was discarded: closing a socket with unread
   * data resets it (RFC 9112, section 9.6), and a caller who is still writing loses the response.
   */
  respond(response: Response, incoming: IncomingMessage): Response | Promise<Response>
  /** Discards no more, and lets all connections close. */
  end(): void
}

/** The most that is discarded for one request; a caller who writes more sees its connection reset. */
const discardedBytesMax = 64 * 1024 * 1024
const discardTimeoutMs = 5_000
/** Beyond this number of connections at once, the next ones are closed without waiting. */
const lingeringMax = 1_000

/** Creates a lingering close for one server. */
export function createLingeringClose(): LingeringClose {
  const lingering = new Set<() => void>()

  const discardBody = (incoming: IncomingMessage): Promise<void> =>
    new Promise((resolve) => {
      let bytes = 0
      const onData = (chunk: Buffer): void => {
        bytes += chunk.length
        if (bytes > discardedBytesMax) end()
      }
      const end = (): void => {
        clearTimeout(timer)
        incoming.off('data', onData).off('end', end).off('error', end).off('close', end)
        lingering.delete(end)
        resolve()
      }
      const timer = setTimeout(end, discardTimeoutMs)
      lingering.add(end)
      incoming.on('data', onData).on('end', end).on('error', end).on('close', end)
      if (incoming.destroyed || lingering.size > lingeringMax) end()
    })

  return {
    respond: (response, incoming) => {
      if (incoming.complete || !hasBody(incoming)) return response
      if (response.status >= 400) return endAfter(discardBody(incoming), response)
      response.headers.set('connection', 'close')
      return response
    },
    end: () => {
      for (const end of lingering) end()
    },
  }
}

/** Whether a request declares a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** The caller has the whole response at once, by its length; Node closes the socket when the stream ends. */
async function endAfter(discarded: Promise<void>, response: Response): Promise<Response> {
  const body = new Uint8Array(await response.arrayBuffer())
  const headers = new Headers(response.headers)
  headers.set('connection', 'close')
  headers.set('content-length', String(body.length))
  const parts = async function* () {
    if (body.length > 0) yield body
    await discarded
  }
  return new Response(ReadableStream.from(parts()), { status: response.status, headers })
}
