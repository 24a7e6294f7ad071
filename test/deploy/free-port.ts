import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port that nobody has at the moment, for programs that have to be told one. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new TypeError('no port was given')
  return String(address.port)
}
