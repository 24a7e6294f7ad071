import { once } from 'node:events'
import { Http2ServerRequest } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type Http2Bindings, type HttpBindings } from '@hono/node-server'
import { AppError } from '../errors.ts'
import { createLingeringClose } from './lingering-close.ts'

export interface ListenOptions {
  /** The server's name in messages: "the API", "the scrape endpoint". */
  readonly name: string
  /** The setting that changes the port, for messages. */
  readonly portSetting: string
  readonly host: string
  /** 0 means any free port. */
  readonly port: number
  /** How long an idle connection stays open; by default as long as Node keeps it. */
  readonly keepAliveTimeoutMs?: number
  /** Undefined: without TLS. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined
}

export interface HttpServer {
  readonly url: string
  readonly port: number
  /** From now on each answer is the last of its connection, so that a load balancer opens new ones elsewhere. */
  closeConnections(): void
  /** Stops listening, waits for running requests, and closes remaining connections after `timeoutMs`. Idempotent. */
  stop(timeoutMs: number): Promise<void>
}

/** Answers a Web request, beside which the server passes on Node's own request and response. */
export type Fetch = (request: Request, env: HttpBindings) => Response | Promise<Response>

const idleSweepMs = 20
/**
 * How many connections may wait to be accepted; Node's default is 511, and the kernel may allow fewer
 * (`net.core.somaxconn`). Of 10,000 at once, connections were reset at 511 (measured).
 */
const waitingConnectionsMax = 16_384

/**
 * Serves `fetch` over HTTP and returns once the socket listens.
 * Throws `port_unavailable` if the address is in use or may not be bound.
 */
export async function listen(fetch: Fetch, options: ListenOptions): Promise<HttpServer> {
  const lingeringClose = createLingeringClose()
  const server = createServer((request, env) => {
    const answer = fetch(request, env)
    return answer instanceof Promise
      ? answer.then((response) => lingeringClose.respond(response, env.incoming))
      : lingeringClose.respond(answer, env.incoming)
  }, options)
  if (!('closeIdleConnections' in server)) throw new Error('an HTTP/1 server was expected')
  server.listen({ port: options.port, host: options.host, backlog: waitingConnectionsMax })
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new AppError('port_unavailable', explain(cause, options), { cause })
  }
  const { port } = server.address() as AddressInfo
  let isLast = false
  server.prependListener('request', (_, response) => {
    if (isLast) response.setHeader('connection', 'close')
  })
  const close = async (timeoutMs: number): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    lingeringClose.end()
    const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs)
    const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs)
    await closed
    clearInterval(sweep)
    clearTimeout(deadline)
  }
  let closing: Promise<void> | undefined
  return {
    port,
    closeConnections: () => {
      isLast = true
    },
    url: `${options.tls === undefined ? 'http' : 'https'}://${hostInUrl(options.host)}:${port}`,
    stop: (timeoutMs) => {
      closing ??= close(timeoutMs)
      return closing
    },
  }
}

function createServer(fetch: Fetch, { host, keepAliveTimeoutMs, tls }: ListenOptions) {
  const serving = {
    fetch: (request: Request, env: HttpBindings | Http2Bindings) => {
      if (!isHttp1(env)) throw new Error('an HTTP/1 request was expected')
      return fetch(request, env)
    },
    hostname: host,
  }
  const serverOptions = {
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    ...(keepAliveTimeoutMs !== undefined && { keepAliveTimeout: keepAliveTimeoutMs }),
    connectionsCheckingInterval: 1_000,
  }
  if (tls === undefined) return createAdaptorServer({ ...serving, serverOptions })
  const secured = { ...serverOptions, ...tls }
  return createAdaptorServer({ ...serving, createServer: createTlsServer, serverOptions: secured })
}

function isHttp1(env: HttpBindings | Http2Bindings): env is HttpBindings {
  return !(env.incoming instanceof Http2ServerRequest)
}

/** A bind address as a URL shows it: IPv6 in brackets, the unspecified address as loopback. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function explain(cause: unknown, { name, host, port, portSetting }: ListenOptions): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : cause
  if (code === 'EADDRINUSE')
    return `${name} cannot listen on ${host}:${port}: the port is taken. Stop what uses it or set ${portSetting} to another port (0 for any free one).`
  if (code === 'EACCES')
    return `${name} cannot listen on ${host}:${port}: this user may not. Set ${portSetting} to 1024 or above.`
  return `${name} cannot listen on ${host}:${port} (${String(code)}). Check the host and ${portSetting}.`
}
