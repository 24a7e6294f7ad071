import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { portOf } from './port-of.ts'

/** Stands between a service and its database, and can come between them. */
export interface TcpProxy {
  readonly port: number
  /** Breaks every connection and refuses new ones. */
  cut(): void
  /** Takes what comes and passes nothing on, as a network that swallows packets. */
  swallow(): void
  /** Passes everything on again; what was swallowed is broken. */
  mend(): void
}

export async function startTcpProxy(
  stack: AsyncDisposableStack,
  target: { readonly host: string; readonly port: number },
): Promise<TcpProxy> {
  let mode: 'open' | 'cut' | 'swallow' = 'open'
  const sockets = new Set<Socket>()

  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer((near) => {
    keep(near)
    if (mode === 'cut') {
      near.resetAndDestroy()
      return
    }
    if (mode === 'swallow') {
      near.resume()
      return
    }
    const far = keep(connect(target.port, target.host))
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (chunk) => {
        if (mode === 'open') to.write(chunk)
      })
      from.on('close', () => to.destroy())
    }
    pass(near, far)
    pass(far, near)
  })
  const breakAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(async () => {
    const closed = once(server, 'close')
    server.close()
    breakAll()
    await closed
  })
  return {
    port: portOf(server),
    cut: () => {
      mode = 'cut'
      breakAll()
    },
    swallow: () => {
      mode = 'swallow'
    },
    mend: () => {
      if (mode === 'swallow') breakAll()
      mode = 'open'
    },
  }
}

/** The address of a database as seen through a proxy. */
export function throughProxy(url: string, { port }: TcpProxy): string {
  const seen = new URL(url)
  seen.hostname = '127.0.0.1'
  seen.port = String(port)
  return seen.href
}
