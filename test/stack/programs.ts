import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { Access } from '../support/get-page.ts'
import { freePort } from '../support/loopback.ts'
import { type PrometheusServer, startPrometheus } from '../support/prometheus.ts'
import { type Running, run } from '../support/run-process.ts'
import { testStack } from '../support/test-stack.ts'
import { until } from '../support/until.ts'

export interface Backend extends Pick<PrometheusServer, 'query'> {
  readonly otlpUrl: string
}

/** How a backend is put behind TLS and authentication, and how it is then asked. */
export interface BackendGuard {
  /** https://prometheus.io/docs/prometheus/latest/configuration/https/ */
  readonly webConfigFile: string
  readonly access: Access
}

/** A real Prometheus 3 as the backend that takes OTLP. */
export async function startBackend(folder: string, guard?: BackendGuard): Promise<Backend> {
  const configFile = join(folder, 'backend.yml')
  writeFileSync(configFile, 'otlp: { translation_strategy: UnderscoreEscapingWithSuffixes }\n')
  const { url, query } = await startPrometheus(testStack(), {
    folder,
    configFile,
    program: inject('tools').paths.prometheus,
    args: () => [
      '--web.enable-otlp-receiver',
      ...(guard === undefined ? [] : [`--web.config.file=${guard.webConfigFile}`]),
    ],
    ...(guard === undefined ? {} : { access: guard.access }),
  })
  return { otlpUrl: `${url}/api/v1/otlp`, query }
}

/** Stripe's own mock server: it answers only what its description of the API allows. */
export async function startStripeMock(): Promise<string> {
  const url = `http://127.0.0.1:${await freePort()}`
  const program = run(testStack(), {
    command: inject('tools').paths['stripe-mock'],
    args: ['-http-addr', new URL(url).host],
  })
  await until(
    () => `stripe-mock to be ready: ${program.errorText().slice(-2_000)}`,
    async () => {
      const answer = await fetch(`${url}/v1/account`).catch(() => undefined)
      return answer?.status === 401
    },
    30_000,
  )
  return url
}

export interface Collector {
  /** Where the service pushes to. */
  readonly pushUrl: string
  /** What it says of itself. */
  readonly metricsUrl: string
  readonly program: Running
  /** The same Collector again, on the same state. */
  restart(): Promise<Collector>
}

/** The file that we ship. */
export const collectorFile = new URL('../../otel-collector.yaml', import.meta.url).pathname

/** An address of this Collector alone, where the system has many: others may run on this machine. */
export function loopback(): string {
  return process.platform === 'linux' ? `127.${randomInt(1, 255)}.${randomInt(255)}.1` : '127.0.0.1'
}

/** The real Collector on our file, or on other files, which it merges; changed by its environment alone. */
export async function startCollector(
  folder: string,
  environment: Readonly<Record<string, string>>,
  ...files: readonly string[]
): Promise<Collector> {
  const state = join(folder, 'collector')
  mkdirSync(state, { recursive: true })
  const {
    OTELCOL_BIND: bind = loopback(),
    OTELCOL_METRICS_PORT: metricsPort = String(await freePort()),
  } = environment
  const whole = {
    OTELCOL_STATE_DIR: state,
    ...environment,
    OTELCOL_BIND: bind,
    OTELCOL_METRICS_PORT: metricsPort,
  }
  const program = run(testStack(), {
    command: inject('tools').paths.otelcol,
    args: (files.length === 0 ? [collectorFile] : files).map((file) => `--config=${file}`),
    environment: { HOME: process.env.HOME, ...whole },
  })
  await until(
    () => `the Collector to be ready: ${program.errorText().slice(-2_000)}`,
    async () => {
      const answer = await fetch(`http://${bind}:13133/`).catch(() => undefined)
      return answer?.status === 200
    },
    30_000,
  )
  return {
    pushUrl: `http://${bind}:4318`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    program,
    restart: () => startCollector(folder, whole, ...files),
  }
}
