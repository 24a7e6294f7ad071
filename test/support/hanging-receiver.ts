import { createServer, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

export interface HangingReceiver {
  readonly url: string
  /** The path of every request so far. */
  readonly paths: readonly string[]
  /** How many requests the callers still wait for. */
  waiting(): number
}

/** How a receiver hangs. What trickles outlives every limit on a silent connection. */
export type Hanging = 'silent' | 'trickling'

const trickleEveryMs = 500

/** A server that takes every request whole and never ends its answer, on loopback. */
export async function startHangingReceiver(how: Hanging): Promise<HangingReceiver> {
  const paths: string[] = []
  const answers = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    answers.add(response)
    response.on('close', () => answers.delete(response))
    request.resume().on('end', () => paths.push(request.url ?? ''))
  })
  const trickle = setInterval(() => {
    if (how === 'trickling') for (const answer of answers) answer.write('.')
  }, trickleEveryMs)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    clearInterval(trickle)
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return { url: `http://127.0.0.1:${port}`, paths, waiting: () => answers.size }
}
