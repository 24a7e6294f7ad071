import type { IncomingMessage } from 'node:http'

/** The raw body, as Node's guide reads it (https://nodejs.org/en/learn/http/anatomy-of-an-http-transaction). */
export function readBody(request: IncomingMessage, onRead: (body: Buffer) => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => onRead(Buffer.concat(chunks)))
}
