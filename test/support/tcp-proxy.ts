import { connect, createServer, type Socket } from 'node:net'
import { listenOnLoopback } from './loopback.ts'

/** Stands between a service and its database, and can come between them. */
export interface TcpProxy {
  /** The database as seen through it. */
  readonly url: string
  /** Breaks every connection and refuses new ones. */
  cut(): void
  /** Takes what comes and passes nothing on, as a network that swallows packets. */
  swallow(): void
  /** Swallows everything on the connections that there are, for good; new ones work. */
  forgetConnections(): void
  /** New connections go to the database of this URL. Those that there are stay where they are. */
  leadTo(databaseUrl: string): void
  /** Breaks every connection; new ones work. */
  breakConnections(): void
  /** Passes everything on again; what was swallowed is broken. */
  mend(): void
}

/** A proxy on loopback before the database of a URL, until the stack ends. */
export async function startTcpProxy(
  stack: AsyncDisposableStack,
  databaseUrl: string,
): Promise<TcpProxy> {
  const url = new URL(databaseUrl)
  let target = targetOf(url)
  let mode: 'open' | 'cut' | 'swallow' = 'open'
  const sockets = new Set<Socket>()
  const forgotten = new WeakSet<Socket>()

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
        if (mode === 'open' && !forgotten.has(from)) to.write(chunk)
      })
      from.on('close', () => to.destroy())
    }
    pass(near, far)
    pass(far, near)
  })
  const breakAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  url.port = String(await listenOnLoopback(stack, server))
  url.hostname = '127.0.0.1'
  stack.defer(() => {
    mode = 'cut'
    breakAll()
  })
  return {
    url: url.href,
    cut: () => {
      mode = 'cut'
      breakAll()
    },
    swallow: () => {
      mode = 'swallow'
    },
    leadTo: (other) => {
      target = targetOf(new URL(other))
    },
    breakConnections: breakAll,
    forgetConnections: () => {
      for (const socket of sockets) forgotten.add(socket)
    },
    mend: () => {
      if (mode === 'swallow') breakAll()
      mode = 'open'
    },
  }
}

function targetOf({ hostname, port }: URL): { readonly host: string; readonly port: number } {
  return { host: hostname, port: Number(port || 5432) }
}
