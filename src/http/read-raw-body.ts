import type { IncomingMessage } from 'node:http'
import { AppError } from '../errors.ts'

/**
 * Reads the body of a request from Node's own stream. Rejects with `body_too_large` above `bytesMax`, whether the length was declared or the body
 * is chunked, and with `body_incomplete` if the connection broke or a chunk is malformed.
 */
export function readRawBody(incoming: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const declared = incoming.headers['content-length']
  if (declared !== undefined && Number(declared) > bytesMax)
    return Promise.reject(tooLarge(bytesMax))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > bytesMax) finish(() => reject(tooLarge(bytesMax)))
      else chunks.push(chunk)
    }
    const onEnd = (): void => finish(() => resolve(joined(chunks)))
    const onBroken = (cause?: unknown): void =>
      finish(() =>
        reject(new AppError('body_incomplete', 'the body broke off: send it whole', { cause })),
      )
    const finish = (settle: () => void): void => {
      incoming.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken)
      settle()
    }
    incoming.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken)
    if (incoming.destroyed) onBroken(incoming.errored)
  })
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}

function tooLarge(bytesMax: number): AppError {
  return new AppError('body_too_large', `a body may have ${bytesMax} bytes at most`)
}
