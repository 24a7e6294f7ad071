import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Acknowledged, keyOfEvent } from './acknowledged.ts'
import { portOf } from './port-of.ts'

/** The one address that Stripe and callers know, in front of whatever replicas there are. */
export interface Balancer {
  readonly url: string
  /** Where requests go from now on, in turn. */
  setTargets(urls: readonly string[]): void
  /** Nothing goes there any more: the port may soon be somebody else's. */
  drop(url: string): void
  /** How many answers of each status were passed on. */
  readonly statuses: ReadonlyMap<number, number>
}

/** A connection that breaks behind it breaks before it, as a crash looks to Stripe. */
export async function startBalancer(
  stack: AsyncDisposableStack,
  acknowledged: Acknowledged,
): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const statuses = new Map<number, number>()
  let targets: readonly string[] = []
  let turn = 0

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await text(incoming)
    turn += 1
    const target = targets[turn % Math.max(targets.length, 1)]
    if (target === undefined) {
      outgoing.writeHead(502).end()
      return
    }
    const answer = await forward(agent, `${target}${incoming.url}`, incoming, body)
    if (answer === undefined) {
      outgoing.destroy()
      return
    }
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    if (incoming.url === '/webhooks/stripe' && answer.status === 200)
      if (/"(recorded|duplicate)"/.test(answer.body)) {
        const key = keyOfEvent(body)
        if (key !== undefined) acknowledged.keys.add(key)
      }
    outgoing.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body)
  }

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(async () => {
    agent.destroy()
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    setTargets: (urls) => {
      targets = [...urls]
    },
    drop: (url) => {
      targets = targets.filter((target) => target !== url)
    },
    statuses,
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Undefined when the replica broke before its whole answer came. */
function forward(
  agent: Agent,
  url: string,
  incoming: IncomingMessage,
  body: string,
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const { host: _host, connection: _connection, ...headers } = incoming.headers
    const options = { agent, method: incoming.method, headers, timeout: 30_000 }
    const outgoing = request(url, options, (response) => {
      text(response).then(
        (answer) =>
          resolve({
            status: response.statusCode ?? 0,
            type: String(response.headers['content-type']),
            body: answer,
          }),
        () => resolve(undefined),
      )
    })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve(undefined))
    outgoing.end(body)
  })
}
