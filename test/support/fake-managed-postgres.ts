import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { Certificate } from './certificates.ts'
import { listenOnLoopback } from './loopback.ts'
import { testStack } from './test-stack.ts'

/** https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** Refuses each connection with a SQLSTATE and a message, as a provider's pooler does. Answers host and port. */
export async function startRefusing(code: string, message: string): Promise<string> {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`
  const refusal = Buffer.alloc(5 + Buffer.byteLength(fields))
  refusal.write('E')
  refusal.writeInt32BE(refusal.length - 1, 1)
  refusal.write(fields, 5)
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (request) => {
      if (sslRequest.equals(Buffer.from(request))) socket.write('N')
      else socket.end(refusal)
    })
  })
  return `localhost:${await listenOnLoopback(testStack(), server)}`
}

export interface TlsFront {
  readonly host: string
  /** The names that callers asked for by SNI. */
  readonly names: string[]
}

/**
 * Takes TLS and passes on what is within to a server without it, by the name that the caller gives by SNI; without one it
 * closes, because it cannot tell where to. https://neon.com/docs/connect/connection-errors#the-endpoint-id-is-not-specified
 */
export async function startTlsFront(
  databaseUrl: string,
  { certFile, keyFile }: Certificate,
): Promise<TlsFront> {
  const context = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
  const { hostname, port } = new URL(databaseUrl)
  const names: string[] = []
  const pass = async (socket: Socket): Promise<void> => {
    const [request] = await once(socket, 'data')
    if (!sslRequest.equals(request)) return void socket.end()
    socket.write('S')
    const secure = new TLSSocket(socket, {
      isServer: true,
      ...context,
      SNICallback: (name, answer) => {
        names.push(name)
        answer(null, createSecureContext(context))
      },
    })
    secure.on('error', () => socket.destroy())
    const [first] = await once(secure, 'data')
    if (names.length === 0) return void secure.end()
    const inner = connect(Number(port), hostname)
    inner.on('error', () => secure.destroy())
    inner.write(first)
    secure.pipe(inner).pipe(secure)
  }
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    pass(socket).catch(() => socket.destroy())
  })
  return { host: `localhost:${await listenOnLoopback(testStack(), server)}`, names }
}
