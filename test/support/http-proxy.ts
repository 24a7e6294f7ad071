import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { startReceiver } from './receiver.ts'

/** An answer as it is passed on. */
interface ProxyAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface ProxyOptions {
  /** Where a request goes; undefined where nobody is there to answer, which is a 502. */
  readonly target: () => string | undefined
  /** An answer of the proxy's own, in place of the target's. */
  readonly answer?: (
    request: IncomingMessage,
  ) => ProxyAnswer | undefined | Promise<ProxyAnswer | undefined>
  /** Told of every answer before it is passed on. */
  readonly onAnswer?: (path: string, requestBody: string, answer: ProxyAnswer) => void
  /** Told of every request that got no answer: nobody was there, or the connection broke. */
  readonly onBroken?: (path: string, reason: string) => void
}

/**
 * A proxy on loopback until the stack ends; answers its URL. A connection that breaks behind it breaks
 * before it, as a crash looks to the caller.
 */
export async function startHttpProxy(
  stack: AsyncDisposableStack,
  {
    target,
    answer = () => undefined,
    onAnswer = () => undefined,
    onBroken = () => undefined,
  }: ProxyOptions,
): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const { url } = await startReceiver(async (incoming, outgoing, bytes) => {
    const own = await answer(incoming)
    if (own !== undefined) return send(outgoing, own)
    const base = target()
    const path = incoming.url ?? ''
    if (base === undefined) {
      onBroken(path, 'there is no target')
      return send(outgoing, { status: 502, headers: {}, body: '' })
    }
    const body = bytes.toString()
    const answered = await forward(agent, `${base}${path}`, incoming, body).catch(
      (cause: unknown) => {
        onBroken(path, String(cause))
        throw cause
      },
    )
    onAnswer(path, body, answered)
    send(outgoing, answered)
  }, stack)
  stack.defer(() => agent.destroy())
  return url
}

function send(outgoing: ServerResponse, { status, headers, body }: ProxyAnswer): void {
  outgoing.writeHead(status, headers).end(body)
}

/** Rejects when the target broke before its whole answer came. */
function forward(
  agent: Agent,
  url: string,
  incoming: IncomingMessage,
  body: string,
): Promise<ProxyAnswer> {
  const { host: _host, connection: _connection, ...headers } = incoming.headers
  const { promise, resolve, reject } = Promise.withResolvers<ProxyAnswer>()
  const options = { agent, method: incoming.method, headers, timeout: 30_000 }
  const outgoing = request(url, options, (response) => {
    text(response).then(
      (whole) =>
        resolve({
          status: response.statusCode ?? 0,
          headers: pick(response.headers, ['content-type', 'date']),
          body: whole,
        }),
      reject,
    )
  })
  outgoing.on('timeout', () => outgoing.destroy())
  outgoing.on('error', reject)
  outgoing.end(body)
  return promise
}

function pick(headers: IncomingMessage['headers'], names: readonly string[]) {
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  )
}
