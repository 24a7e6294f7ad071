import { once } from 'node:events'
import { setGlobalProxyFromEnv } from 'node:http'
import { type App, startApp } from './app/app.ts'
import { type Config, readConfig } from './config/config.ts'
import { isDatabaseError } from './database/is-database-error.ts'
import { describePostgresUrl } from './database/postgres-url.ts'
import { AppError, messageOf } from './errors.ts'
import { createLogger, describeError, type Logger } from './log.ts'

/** npm and the terminal both send the signal; within this time it counts once. */
const sameSignalMs = 1_000

/** The process: settings, start, signals, stop. Exits with 0 after a stop, with 1 if it could not continue. */
export async function main(): Promise<void> {
  outliveReaders()
  const stopSignal = watchSignals()
  try {
    const config = readConfig()
    const log = createLogger(config.logLevel)
    if (config.proxy !== undefined) setGlobalProxyFromEnv(config.proxy)
    stopSignal.addEventListener('abort', () => log.info({ signal: stopSignal.reason }, 'stopping'))
    await serve(config, log, stopSignal)
    log.info('stopped')
    process.exit(0)
  } catch (error) {
    fail(error)
  }
}

/** Starts the service and stops it on a signal, also during the start. */
async function serve(config: Config, log: Logger, stopSignal: AbortSignal): Promise<void> {
  const app = await startUnlessStopped(config, log, stopSignal)
  if (app === undefined) return
  if (!stopSignal.aborted) {
    announce(app, config, log)
    await once(stopSignal, 'abort')
  }
  // A person at a terminal need not wait for load balancers.
  await app.stop(stopSignal.reason === 'SIGTERM' ? config.drainDelayMs : 0)
}

/** Undefined if the start was aborted. */
async function startUnlessStopped(
  config: Config,
  log: Logger,
  stopSignal: AbortSignal,
): Promise<App | undefined> {
  try {
    const dependencies = {
      log,
      now: Date.now,
      fetch: globalThis.fetch,
      print: (line: string) => process.stdout.write(`${line}\n`),
      onFatal: (error: unknown) => fail(error),
    }
    return await startApp(config, dependencies, stopSignal)
  } catch (cause) {
    if (stopSignal.aborted) return undefined
    throw cause
  }
}

/** The reader of the output may be gone: a broken pipe ends neither the process nor its stop. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}

function announce(app: App, config: Config, log: Logger): void {
  process.stderr.write(banner(app, config))
  log.info({ api: app.apiUrl, metrics: app.metricsUrl, shop: app.shopUrl }, 'ready')
}

/** The banner of a started service: its addresses and what to try. */
function banner(app: App, config: Config): string {
  const rows: (readonly [string, string])[] = [
    ...(app.shopUrl === undefined ? [] : [['shop (emulator)', app.shopUrl] as const]),
    ["operator's page", `${app.apiUrl}/`],
    ['API', app.apiUrl],
    ['API description', `${app.apiUrl}/docs`],
    ['metrics', app.metricsUrl],
    ['ledger', ledgerName(config)],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
  const hint =
    app.shopUrl === undefined
      ? `  Stripe, ${config.mode} mode`
      : '  No STRIPE_SECRET_KEY: the emulator replaces Stripe. Open the shop and buy something.'
  const off = describeOff(config)
  return ['', '  countinghouse is ready', '', ...lines, '', hint, ...off, '', ''].join('\n')
}

/** One line that names what is off; none if everything is on. */
function describeOff({ apiKeys, otlp, traces, metrics, channels }: Config): readonly string[] {
  const names = [
    ...(apiKeys.length === 0 ? ['sign-in (no API_KEYS: this machine alone)'] : []),
    ...(metrics.offReason === undefined ? [] : ['/metrics']),
    ...(otlp === undefined ? ['OTLP push'] : []),
    ...(traces === undefined ? ['traces'] : []),
    ...([...channels.values()].every((address) => address === 'console:')
      ? ['channels other than the console']
      : []),
  ]
  return names.length === 0 ? [] : [`  Off: ${names.join(', ')}.`]
}

/** The file, or the database's address without user and password. */
function ledgerName({ database }: Config): string {
  if (database.engine === 'sqlite') return database.path
  return describePostgresUrl(database.url)
}

/** Aborted, with the signal's name as its reason, when the process receives a stop signal. */
function watchSignals(): AbortSignal {
  const stopping = new AbortController()
  let stoppingSince = 0
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(name, () => {
      if (!stopping.signal.aborted) {
        stoppingSince = performance.now()
        stopping.abort(name)
      } else if (performance.now() - stoppingSince > sameSignalMs) process.exit(1)
    })
  return stopping.signal
}

function fail(error: unknown): never {
  process.stderr.write(`countinghouse: ${explain(error)}\n`)
  process.exit(1)
}

/** The message of an expected failure, or the stack of an unexpected one. */
function explain(error: unknown): string {
  if (error instanceof AppError) return error.message
  if (isDatabaseError(error))
    return `the database failed (${messageOf(error)}): see that it runs, has connections free and lets the role of DATABASE_URL create tables, then start again`
  return `unforeseen failure: ${JSON.stringify(describeError(error), null, 2)}`
}
