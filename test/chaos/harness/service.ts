import { z } from 'zod'
import { type Running, run } from './processes.ts'

export interface Service extends Running {
  /** Where it listens; undefined when it ended before it was ready. */
  readonly ready: Promise<Addresses | undefined>
}

export interface Addresses {
  readonly apiUrl: string
  readonly metricsUrl: string
}

export interface ServiceOptions {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** Handed to Node before the entry file, such as a module to preload. */
  readonly nodeArgs?: readonly string[]
  /** A program that runs the service, with its arguments: strace. */
  readonly under?: readonly [string, ...string[]]
}

const entry = new URL('../../../src/start.mjs', import.meta.url).pathname
const readyLine = z.object({ api: z.string(), metrics: z.string() })

/** Runs the entry file with arguments: the service itself without any, else a command. */
export function runEntry(
  stack: AsyncDisposableStack,
  options: ServiceOptions,
  args: readonly string[] = [],
): Running {
  const node = [process.execPath, ...(options.nodeArgs ?? []), entry, ...args]
  const [command = '', ...rest] = [...(options.under ?? []), ...node]
  return run(stack, {
    command,
    args: rest,
    folder: options.folder,
    environment: {
      PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      LOG_LEVEL: 'info',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      ...options.environment,
    },
  })
}

/** Starts the service as a process of its own. */
export function startService(stack: AsyncDisposableStack, options: ServiceOptions): Service {
  const running = runEntry(stack, options)
  const ready = running
    .line((line) => line.includes('"msg":"ready"'))
    .then((line) => {
      if (line === undefined) return undefined
      const { api, metrics } = readyLine.parse(JSON.parse(line))
      return { apiUrl: api, metricsUrl: metrics }
    })
  return { ...running, ready }
}

/** Waits until it is ready. Throws with its own words when it ended instead. */
export async function mustBeReady(service: Service): Promise<Addresses> {
  const addresses = await service.ready
  if (addresses === undefined)
    throw new Error(`the service ended with ${await service.exited}: ${service.errorText()}`)
  return addresses
}
