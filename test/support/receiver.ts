import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { listenOnLoopback } from './loopback.ts'
import { testStack } from './test-stack.ts'

export interface HttpReceiver {
  readonly url: string
  /** Ends it before its stack does: what is sent from then on is refused. */
  close(): Promise<void>
}

/** Answers a request whose body has arrived whole. */
export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
) => void | Promise<void>

/** A server on loopback that reads each request and answers it, by HTTPS where `tls` is given; it ends with the stack. */
export async function startReceiver(
  answer: Answer,
  stack: AsyncDisposableStack = testStack(),
  tls?: ServerOptions,
): Promise<HttpReceiver> {
  const own = stack.use(new AsyncDisposableStack())
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void buffer(request)
      .then((body) => answer(request, response, body))
      .catch(() => response.destroy())
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener)
  const port = await listenOnLoopback(own, server)
  const scheme = tls === undefined ? 'http' : 'https'
  return { url: `${scheme}://127.0.0.1:${port}`, close: () => own.disposeAsync() }
}
