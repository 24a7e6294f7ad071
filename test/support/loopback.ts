import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { Server as HttpServer } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import { createServer, type Server } from 'node:net'

/** Lets a server listen on a free port of loopback until the stack ends; answers the port. */
export async function listenOnLoopback(
  stack: AsyncDisposableStack,
  server: Server,
): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(async () => {
    const closed = once(server, 'close')
    server.close()
    if (server instanceof HttpServer || server instanceof HttpsServer) server.closeAllConnections()
    await closed
  })
  return portOf(server)
}

/**
 * A port that is free at the moment, for programs that require one. It is below those that Linux gives to outgoing
 * connections (`net.ipv4.ip_local_port_range`, 32768 to 60999), so that none takes it while the program restarts.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
