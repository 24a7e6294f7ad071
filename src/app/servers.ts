import { randomUUID } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { listen } from '../http/server.ts'
import { createFront, type Front } from '../http/startup-gate.ts'

/** A server that listens, and what stands behind it by now. */
export interface Door {
  readonly url: string
  readonly open: Front['open']
  /** Stops listening and lets running requests end. Once, however often it is called. */
  readonly stop: () => Promise<void>
}

export interface Doors {
  readonly api: Door
  readonly metrics: Door
}

/**
 * Both servers listen from the first moment and answer "not yet" until the ledger stands behind them.
 * Throws `port_unavailable`.
 */
export async function openDoors(config: Config, stack: AsyncDisposableStack): Promise<Doors> {
  const openDoor = async (options: Parameters<typeof listen>[1]): Promise<Door> => {
    const front = createFront(randomUUID)
    const server = await listen(front.fetch, options)
    const stop = () => server.stop(config.shutdownTimeoutMs)
    stack.defer(stop)
    return { url: server.url, open: front.open, stop }
  }
  const { host, port, metrics } = config
  const api = await openDoor({ name: 'the API', portSetting: 'PORT', host, port })
  const name = 'the scrape endpoint'
  const portSetting = 'OTEL_EXPORTER_PROMETHEUS_PORT'
  return { api, metrics: await openDoor({ name, portSetting, ...metrics }) }
}
