import { join } from 'node:path'
import { pino } from 'pino'
import { expect } from 'vitest'
import { type App, type AppDependencies, startApp } from '../../src/app/app.ts'
import { type Environment, resolveConfig } from '../../src/config/config.ts'
import {
  type Emulator,
  type EmulatorOptions,
  startEmulator,
} from '../../src/emulator/start-emulator.ts'
import { readSeries } from './read-series.ts'
import { problemsOfRequest } from './stripe-openapi.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { testStack } from './test-stack.ts'

export interface TestApp extends App {
  readonly folder: string
  /** What it was started with, to start it again. */
  readonly environment: Environment
  /** Every log line so far. */
  readonly logLines: string[]
  /** What the console channel printed. */
  readonly printed: string[]
  /** Asks the API. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>
  /** The business series of a real scrape. */
  counters(): Promise<ReadonlyMap<string, number>>
}

export interface TestAppOptions {
  readonly environment?: Environment
  readonly dependencies?: Partial<AppDependencies>
  readonly folder?: string
}

/** The whole service on free ports, on a folder of its own; stopped when the test or the stack ends. */
export async function startTestApp(
  options: TestAppOptions = {},
  stack: AsyncDisposableStack = testStack(),
): Promise<TestApp> {
  const folder = options.folder ?? temporaryFolder(stack)
  const logLines: string[] = []
  const printed: string[] = []
  const config = resolveConfig({
    PORT: '0',
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    EMULATOR_PORT: '0',
    DATABASE_URL: `sqlite:${join(folder, 'ledger.db')}`,
    SHUTDOWN_TIMEOUT: '2s',
    ...options.environment,
  })
  const app = await startApp(config, {
    log: pino({ level: 'debug' }, { write: (line: string) => logLines.push(line) }),
    now: Date.now,
    fetch: globalThis.fetch,
    print: (line) => printed.push(line),
    onFatal: (error) => logLines.push(`fatal: ${String(error)}`),
    ...options.dependencies,
  })
  stack.defer(() => app.stop())
  return {
    ...app,
    folder,
    environment: options.environment ?? {},
    logLines,
    printed,
    call: (method, path, body, headers) =>
      fetch(`${app.apiUrl}${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    counters: () => readSeries(app.metricsUrl),
  }
}

export const webhookSecret = 'whsec_test'

/** The settings of a Stripe account of which nothing but webhooks is needed: its API is not there. */
export const webhooksOnly = {
  STRIPE_SECRET_KEY: 'sk_test_none',
  STRIPE_WEBHOOK_SECRET: webhookSecret,
  STRIPE_API_BASE: 'http://127.0.0.1:9',
}

export interface AppWithStripe extends TestApp {
  readonly emulator: Emulator
}

/**
 * The service with a Stripe key, against an emulator that stands for Stripe. It sends no webhooks unless
 * `emulator.connect` is called; both sign with `webhookSecret` or the emulator's own secret. Each request
 * of the service is checked against Stripe's OpenAPI description.
 */
export async function startAppWithStripe(
  options: TestAppOptions & { readonly emulator?: Partial<EmulatorOptions> } = {},
): Promise<AppWithStripe> {
  const stack = testStack()
  const folder = options.folder ?? temporaryFolder(stack)
  const problems = new Set<string>()
  const emulator = await startEmulator({
    onRequest: (request) => {
      if (request.authorization !== `Bearer ${emulator.secretKey}`) return
      for (const problem of problemsOfRequest(request)) problems.add(problem)
    },
    host: '127.0.0.1',
    port: 0,
    file: join(folder, 'stripe.db'),
    now: Date.now,
    log: () => undefined,
    ...options.emulator,
  })
  stack.defer(() => emulator.stop())
  stack.defer(() => expect([...problems]).toEqual([]))
  const environment = {
    STRIPE_SECRET_KEY: emulator.secretKey,
    STRIPE_WEBHOOK_SECRET: `${webhookSecret},${emulator.webhookSecret}`,
    STRIPE_API_BASE: emulator.url,
    ...options.environment,
  }
  const app = await startTestApp({ ...options, folder, environment }, stack)
  return { ...app, emulator }
}
