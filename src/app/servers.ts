import { randomUUID } from 'node:crypto'
import { checkoutPageStyle } from '../billing/return-pages.ts'
import type { Config } from '../config/config.ts'
import { guardFetch } from '../http/guard.ts'
import { isLoopback } from '../http/loopback.ts'
import { withSecureHeaders } from '../http/secure-headers.ts'
import { type Fetch, type ListenOptions, listen } from '../http/server.ts'
import { createStartupGate, type StartupGate } from '../http/startup-gate.ts'

/** A server that listens, with the gate in front of its handler. */
export interface GatedServer {
  readonly url: string
  readonly open: StartupGate['open']
  /** Stops listening and lets running requests end. Once, however often it is called. */
  readonly stop: () => Promise<void>
}

/** Listens from the first moment and answers "not yet" until it is opened. Throws `port_unavailable`. */
export function startApiServer(config: Config): Promise<GatedServer> {
  const { host, port } = config
  return startServer(config, { name: 'the API', portSetting: 'PORT', host, port })
}

/** The same for `/metrics`. Throws `port_unavailable`. */
export function startMetricsServer(config: Config): Promise<GatedServer> {
  const portSetting = 'OTEL_EXPORTER_PROMETHEUS_PORT'
  return startServer(config, { name: 'the scrape endpoint', portSetting, ...config.metrics })
}

/** A `/metrics` on loopback is for this machine, not for web pages that are open on it. */
export function guardMetrics({ metrics, publicUrl }: Config, fetch: Fetch): Fetch {
  return isLoopback(metrics.host) ? guardFetch(fetch, publicUrl, randomUUID) : fetch
}

async function startServer(config: Config, options: ListenOptions): Promise<GatedServer> {
  const gate = createStartupGate(randomUUID)
  const server = await listen(withSecureHeaders(gate.fetch, [checkoutPageStyle]), options)
  const stop = () => server.stop(config.shutdownTimeoutMs)
  return { url: server.url, open: gate.open, stop }
}
