import type { IncomingMessage, ServerResponse } from 'node:http'
import { startReceiver } from './receiver.ts'

/** How a receiver answers with what it was sent; `echo` is one line. */
export type Echo = (echo: string, request: IncomingMessage, response: ServerResponse) => void

function text(number: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), value])
}

function refuse(status: number, headers: Readonly<Record<string, string>> = {}): Echo {
  return (echo, _, response) =>
    void response.writeHead(status, echo, { ...headers, 'x-echo': echo }).end(echo)
}

/** The ways in which a receiver, or a proxy before it, may give away what it was sent. */
export const echoes: ReadonlyMap<string, Echo> = new Map<string, Echo>([
  ['a bad request', refuse(400)],
  ['unauthorized', refuse(401)],
  ['busy', refuse(503, { 'retry-after': '600' })],
  [
    'a redirect',
    (echo, request, response) =>
      refuse(307, { location: `/${encodeURIComponent(echo)}` })(echo, request, response),
  ],
  ['taken, with a text', (echo, _, response) => void response.end(echo)],
  [
    'taken in part',
    // ExportMetricsServiceResponse.partial_success (1), its rejected count (1) and error_message (2).
    (echo, _, response) => {
      const rejected = Buffer.from([1 << 3, 7])
      response.end(text(1, Buffer.concat([rejected, text(2, Buffer.from(echo.slice(0, 100)))])))
    },
  ],
  ['no HTTP', (echo, { socket }) => void socket.end(`HTTP/1.1 2x0 ${echo}\r\n\r\n${echo}`)],
])

/** Takes every request and answers with the value of its header `authorization`, on loopback. */
export async function startEchoingReceiver(
  answer: Echo,
): Promise<{ readonly url: string; readonly paths: ReadonlySet<string> }> {
  const paths = new Set<string>()
  const { url } = await startReceiver((request, response) => {
    paths.add(request.url ?? '')
    answer(request.headers.authorization ?? 'nothing', request, response)
  })
  return { url, paths }
}
