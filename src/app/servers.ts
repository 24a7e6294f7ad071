import { randomUUID } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { listen } from '../http/server.ts'
import { createStartupGate, type StartupGate } from '../http/startup-gate.ts'

/** A server that listens, with the gate in front of its handler. */
export interface GatedServer {
  readonly url: string
  readonly open: StartupGate['open']
  /** Stops listening and lets running requests end. Once, however often it is called. */
  readonly stop: () => Promise<void>
}

export interface Servers {
  readonly api: GatedServer
  readonly metrics: GatedServer
}

/**
 * Both servers listen from the first moment and answer "not yet" until the ledger is open.
 * Throws `port_unavailable`.
 */
export async function startServers(config: Config, stack: AsyncDisposableStack): Promise<Servers> {
  const openServer = async (options: Parameters<typeof listen>[1]): Promise<GatedServer> => {
    const gate = createStartupGate(randomUUID)
    const server = await listen(gate.fetch, options)
    const stop = () => server.stop(config.shutdownTimeoutMs)
    stack.defer(stop)
    return { url: server.url, open: gate.open, stop }
  }
  const { host, port, metrics } = config
  const api = await openServer({ name: 'the API', portSetting: 'PORT', host, port })
  const name = 'the scrape endpoint'
  const portSetting = 'OTEL_EXPORTER_PROMETHEUS_PORT'
  return { api, metrics: await openServer({ name, portSetting, ...metrics }) }
}
