import type { ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import { startReceiver } from './receiver.ts'

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
  const { url } = await startReceiver((request, response) => {
    answers.add(response)
    response.on('close', () => answers.delete(response))
    paths.push(request.url ?? '')
  })
  const trickle = setInterval(() => {
    if (how === 'trickling') for (const answer of answers) answer.write('.')
  }, trickleEveryMs)
  onTestFinished(() => clearInterval(trickle))
  return { url, paths, waiting: () => answers.size }
}
