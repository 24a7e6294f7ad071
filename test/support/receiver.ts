import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
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

/** A server on loopback that reads each request and answers it; it ends with the stack. */
export async function startReceiver(
  answer: Answer,
  stack: AsyncDisposableStack = testStack(),
): Promise<HttpReceiver> {
  const own = stack.use(new AsyncDisposableStack())
  const server = createServer((request, response) => {
    buffer(request)
      .then((body) => answer(request, response, body))
      .catch(() => response.destroy())
  })
  const port = await listenOnLoopback(own, server)
  return { url: `http://127.0.0.1:${port}`, close: () => own.disposeAsync() }
}
