import type { HttpBindings } from '@hono/node-server'
import { checkoutPageStyle } from '../billing/return-pages.ts'
import type { Config } from '../config/config.ts'
import { AppError } from '../errors.ts'
import { guardFetch } from '../http/guard.ts'
import { withGzip } from '../http/gzip.ts'
import { isLoopback } from '../http/loopback.ts'
import { problemResponse } from '../http/problem.ts'
import { requestIdOf } from '../http/request-id.ts'
import { requireAuthorization } from '../http/require-authorization.ts'
import { withSecureHeaders } from '../http/secure-headers.ts'
import { type Fetch, type ListenOptions, listen } from '../http/server.ts'
import { createStartupGate, type StartupGate } from '../http/startup-gate.ts'

/** A listening server with the startup gate in front of its handler. */
export interface GatedServer {
  readonly url: string
  readonly open: StartupGate['open']
  /** From now on each answer is the last of its connection. */
  readonly closeConnections: () => void
  /** Stops listening and waits for running requests; those that do not finish in time are answered 503. Idempotent. */
  readonly stop: (timeoutMs: number) => Promise<void>
}

/** Starts listening at once and responds 503 until it is opened. Throws `port_unavailable`. */
export function startApiServer(config: Config): Promise<GatedServer> {
  const { host, port, keepAliveTimeoutMs } = config
  return startServer({ name: 'the API', portSetting: 'PORT', host, port, keepAliveTimeoutMs })
}

/** The same for `/metrics`. Throws `port_unavailable`. */
export function startMetricsServer(config: Config): Promise<GatedServer> {
  const portSetting = 'OTEL_EXPORTER_PROMETHEUS_PORT'
  const { metrics, keepAliveTimeoutMs } = config
  const { host, port, tls } = metrics
  const name = 'the scrape endpoint'
  return startServer({ name, portSetting, host, port, keepAliveTimeoutMs, tls })
}

/**
 * Who may read `/metrics`: whoever knows a secret, if there is one, compressed on demand. One on loopback is for
 * programs of this machine, not for web pages in its browser.
 */
export function guardMetrics({ metrics, publicUrl }: Config, fetch: Fetch): Fetch {
  const guarded = requireAuthorization(withGzip(fetch), metrics.authorizations)
  return isLoopback(metrics.host) ? guardFetch(guarded, publicUrl) : guarded
}

/** The time between the last responses and closing the connections. */
const lastAnswersMs = 100

async function startServer(options: ListenOptions): Promise<GatedServer> {
  const gate = createStartupGate()
  const unanswered = createUnanswered()
  const fetch: Fetch = (request, env) => {
    env.outgoing.setHeader('x-request-id', requestIdOf(env))
    return unanswered.untilEnded(gate.fetch(request, env), env)
  }
  const server = await listen(withSecureHeaders(fetch, [checkoutPageStyle]), options)
  const stop = async (timeoutMs: number) => {
    const timer = setTimeout(unanswered.end, Math.max(0, timeoutMs - lastAnswersMs))
    await server.stop(timeoutMs)
    clearTimeout(timer)
  }
  return { url: server.url, open: gate.open, closeConnections: server.closeConnections, stop }
}

/**
 * Requests without a response yet. `end` answers them, and every later one, that the outcome is unknown. A map,
 * because a race against an abort signal costs each request some microseconds (measured).
 */
function createUnanswered() {
  const waiting = new Map<(answer: Response) => void, HttpBindings>()
  let hasEnded = false
  return {
    untilEnded: (
      answer: Response | Promise<Response>,
      env: HttpBindings,
    ): Response | Promise<Response> => {
      if (!(answer instanceof Promise)) return answer
      if (hasEnded) return outcomeUnknown(env)
      return new Promise((resolve, reject) => {
        waiting.set(resolve, env)
        const settle = (finish: () => void): void => {
          waiting.delete(resolve)
          finish()
        }
        answer.then(
          (response) => settle(() => resolve(response)),
          (cause: unknown) => settle(() => reject(cause)),
        )
      })
    },
    end: (): void => {
      hasEnded = true
      for (const [resolve, env] of waiting) resolve(outcomeUnknown(env))
    },
  }
}

function outcomeUnknown(env: HttpBindings): Response {
  const error = new AppError(
    'not_ready',
    'the service stopped before this request had ended, and whether it took effect is not known: look, or send it again with the same Idempotency-Key',
  )
  return problemResponse(error, requestIdOf(env))
}
