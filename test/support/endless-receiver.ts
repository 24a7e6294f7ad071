import type { ServerResponse } from 'node:http'
import { startReceiver } from './receiver.ts'

export interface EndlessReceiver {
  readonly url: string
  /** How many bytes each request was answered with so far, in the order of arrival. */
  readonly sentBytes: readonly number[]
}

const chunk = Buffer.alloc(64 * 1024, 'x')
const sentBytesMax = 300 * 1024 * 1024

/** A server on loopback that answers every request with up to 300 MiB, as fast as they are read. */
export async function startEndlessReceiver(
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Promise<EndlessReceiver> {
  const sentBytes: number[] = []
  const { url } = await startReceiver((_, response) => {
    const index = sentBytes.push(0) - 1
    response.writeHead(status, headers)
    stream(response, () => {
      sentBytes[index] = (sentBytes[index] ?? 0) + chunk.length
      return (sentBytes[index] ?? 0) < sentBytesMax
    })
  })
  return { url, sentBytes }
}

function stream(response: ServerResponse, count: () => boolean): void {
  let isRoomLeft = true
  while (isRoomLeft && !response.destroyed) {
    if (!count()) {
      response.end()
      return
    }
    isRoomLeft = response.write(chunk)
  }
  response.once('drain', () => stream(response, count))
}
