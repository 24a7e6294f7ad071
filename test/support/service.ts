import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Running, run } from './run-process.ts'

export interface Service extends Running {
  /** Where it listens; undefined when it ended before it was ready. */
  readonly ready: Promise<Addresses | undefined>
}

export interface Addresses {
  readonly apiUrl: string
  readonly metricsUrl: string
  /** The emulator's shop, where there is one. */
  readonly shopUrl: string | undefined
}

export interface ServiceOptions {
  readonly folder: string
  readonly environment?: Readonly<Record<string, string>>
  /** Handed to Node before the entry file, such as a module to preload. */
  readonly nodeArgs?: readonly string[]
  /** Another program than the service itself, which says that it is ready in the same way. */
  readonly entry?: string
  /** How much of what it writes is kept. */
  readonly keptChars?: number
}

const manifest = z.object({ scripts: z.object({ start: z.string() }) })

/** The options that `npm start` of a source tree hands to Node. */
export function startOptionsOf(tree: string): readonly string[] {
  const { scripts } = manifest.parse(JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8')))
  return scripts.start.split(' ').filter((word) => word.startsWith('--'))
}

const source = new URL('../../src/start.mjs', import.meta.url).pathname

/** The bundle that the test run shares, save where a module is preloaded: it may change packages, which a bundle holds. */
function entryFor({ nodeArgs = [], environment = {} }: ServiceOptions): string {
  const preloads = nodeArgs.length > 0 || environment.NODE_OPTIONS !== undefined
  return preloads ? source : (process.env.TEST_SERVICE_ENTRY ?? source)
}

const readyLine = z
  .object({ api: z.string(), metrics: z.string(), shop: z.string().optional() })
  .transform(({ api, metrics, shop }) => ({ apiUrl: api, metricsUrl: metrics, shopUrl: shop }))

/** A ledger in the folder in which the service runs. */
export const ownLedger = { DATABASE_URL: 'sqlite:./ledger.db' }

/** Runs the entry file with arguments: the service itself without any, else a command. */
export function runEntry(
  stack: AsyncDisposableStack,
  options: ServiceOptions,
  args: readonly string[] = [],
): Running {
  const { folder, environment, nodeArgs = [], entry = entryFor(options), keptChars } = options
  return run(stack, {
    command: process.execPath,
    args: [...nodeArgs, entry, ...args],
    folder,
    ...(keptChars === undefined ? {} : { keptChars }),
    environment: {
      PORT: '0',
      EMULATOR_PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      DRAIN_DELAY: '0s',
      NODE_COMPILE_CACHE: process.env.TEST_COMPILE_CACHE ?? process.env.NODE_COMPILE_CACHE,
      ...environment,
    },
  })
}

/** Starts the service as a process of its own, as a person would. */
export function startService(stack: AsyncDisposableStack, options: ServiceOptions): Service {
  const environment = { ...ownLedger, ...options.environment }
  const running = runEntry(stack, { ...options, environment })
  const ready = running
    .line((line) => line.includes('"msg":"ready"'))
    .then((line) => (line === undefined ? undefined : readyLine.parse(JSON.parse(line))))
  return { ...running, ready }
}

/** Waits until it is ready. Throws with its own words when it ended instead. */
export async function mustBeReady(service: Service): Promise<Addresses> {
  const addresses = await service.ready
  if (addresses === undefined) throw new Error(`the service did not start: ${service.errorText()}`)
  return addresses
}
