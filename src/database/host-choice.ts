import { Client, type ClientConfig } from 'pg'
import type { PostgresHost } from './postgres-url.ts'

/** Which of several hosts new connections go to. */
export interface HostChoice {
  readonly count: number
  /** The driver's client, to the chosen host. */
  readonly Client: new () => Client
  /** The place of the chosen host in the list. */
  tried(): number
  /** Chooses the one after `failed`, unless another has been chosen meanwhile. */
  next(failed: number): void
}

/** Begins with the first host. Without any, the driver's own default applies. */
export function createHostChoice(hosts: readonly PostgresHost[]): HostChoice {
  let chosen = 0
  return {
    count: hosts.length,
    Client: class extends Client {
      constructor(config: ClientConfig = {}) {
        const { host, port } = hosts[chosen] ?? {}
        super({
          ...config,
          // The pool hides it from enumeration.
          ...(config.password !== undefined && { password: config.password }),
          ...(host !== undefined && { host }),
          ...(port !== undefined && { port }),
        })
      }
    },
    tried: () => chosen,
    next: (failed) => {
      if (chosen === failed) chosen = (chosen + 1) % hosts.length
    },
  }
}
