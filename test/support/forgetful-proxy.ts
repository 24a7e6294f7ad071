import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Stands between a pool and its database, and can forget what it carries without a word. */
export interface ForgetfulProxy {
  /** The database as seen through it. */
  readonly url: string
  /** Swallows everything on the connections that there are, for good; new ones work. */
  forgetConnections(): void
}

export async function startForgetfulProxy(databaseUrl: string): Promise<ForgetfulProxy> {
  const url = new URL(databaseUrl)
  const target = { host: url.hostname, port: Number(url.port) }
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(target.port, target.host)
    const pass = (from: Socket, to: Socket): void => {
      sockets.add(from)
      from.on('error', () => from.destroy())
      from.on('data', (chunk) => to.write(chunk))
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
    pass(near, far)
    pass(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  url.hostname = '127.0.0.1'
  url.port = String(typeof address === 'object' ? address?.port : '')
  return {
    url: url.href,
    forgetConnections: () => {
      for (const socket of sockets) {
        socket.removeAllListeners('data')
        socket.resume()
      }
    },
  }
}
