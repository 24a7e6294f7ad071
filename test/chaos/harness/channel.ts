import { once } from 'node:events'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { portOf } from './port-of.ts'

/** Where posts go: a Standard Webhooks receiver that drops repeats and keeps its own truth. */
export interface ChannelEnd {
  /** As an operator would set it. */
  readonly address: string
  /** Ids of the posts that it confirmed. */
  readonly confirmed: ReadonlySet<string>
}

export async function startChannel(stack: AsyncDisposableStack): Promise<ChannelEnd> {
  const confirmed = new Set<string>()
  const server = createServer(async (request, response) => {
    await buffer(request).catch(() => undefined)
    confirmed.add(String(request.headers['webhook-id']))
    response.writeHead(204).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  const secret = Buffer.alloc(32, 7).toString('base64')
  return { address: `http://127.0.0.1:${portOf(server)}/#whsec_${secret}`, confirmed }
}
