import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { inject, onTestFinished, vi } from 'vitest'
import { z } from 'zod'

export interface Program {
  readonly child: ChildProcess
  kill(): Promise<void>
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function run(
  path: string,
  args: readonly string[],
  logFile: string,
  environment: Readonly<Record<string, string>> = {},
): Program {
  const log = openSync(logFile, 'a')
  const child = spawn(path, args, {
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  })
  const exited = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  onTestFinished(kill)
  return { child, kill }
}

function untilAnswers(url: string, logFile: string): Promise<void> {
  return vi.waitFor(
    async () => {
      const answer = await fetch(url).catch(() => undefined)
      if (answer?.status !== 200)
        throw new Error(`${url} does not answer: ${readFileSync(logFile, 'utf8').slice(-2_000)}`)
    },
    { timeout: 30_000, interval: 100 },
  )
}

const queryAnswer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
})

export interface Backend {
  readonly otlpUrl: string
  query(expression: string): Promise<z.infer<typeof queryAnswer>['data']['result']>
}

/** A real Prometheus 3 as the backend that takes OTLP. */
export async function startBackend(folder: string): Promise<Backend> {
  const url = `http://127.0.0.1:${await freePort()}`
  const config = join(folder, 'backend.yml')
  const logFile = join(folder, 'backend.log')
  writeFileSync(config, 'otlp: { translation_strategy: UnderscoreEscapingWithSuffixes }\n')
  run(
    inject('tools').paths.prometheus,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=${new URL(url).host}`,
      '--web.enable-otlp-receiver',
    ],
    logFile,
  )
  await untilAnswers(`${url}/-/ready`, logFile)
  return {
    otlpUrl: `${url}/api/v1/otlp`,
    query: async (expression) => {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`)
      return queryAnswer.parse(await answer.json()).data.result
    },
  }
}

export interface Collector {
  /** Where the service pushes to. */
  readonly pushUrl: string
  /** What it says of itself. */
  readonly metricsUrl: string
  readonly program: Program
  /** The same Collector again, on the same state. */
  restart(): Promise<Collector>
}

const collectorFile = new URL('../../otel-collector.yaml', import.meta.url).pathname

/** An address of this Collector alone, where the system has many: others may run on this machine. */
export function loopback(): string {
  return process.platform === 'linux' ? `127.${randomInt(1, 255)}.${randomInt(255)}.1` : '127.0.0.1'
}

/** The real Collector on our file, changed by its environment alone. */
export async function startCollector(
  folder: string,
  environment: Readonly<Record<string, string>>,
  file: string = collectorFile,
): Promise<Collector> {
  const state = join(folder, 'collector')
  const logFile = join(folder, 'collector.log')
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
  const args = [`--config=${file}`]
  const program = run(inject('tools').paths.otelcol, args, logFile, whole)
  await untilAnswers(`http://${bind}:13133/`, logFile)
  return {
    pushUrl: `http://${bind}:4318`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    program,
    restart: () => startCollector(folder, whole, file),
  }
}
