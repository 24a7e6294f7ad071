import { type App, startApp } from './app/app.ts'
import { type Config, readConfig } from './config/config.ts'
import { isDatabaseError } from './database/is-database-error.ts'
import { AppError, messageOf } from './errors.ts'
import { createLogger, describeError, type Logger } from './log.ts'

/** npm and the terminal both send the signal; within this time it is the same one. */
const sameSignalMs = 1_000

/** The process: settings, start, signals, stop. Ends with 0 after a stop, 1 when it could not go on. */
export async function main(): Promise<void> {
  outliveReaders()
  try {
    const config = readConfig()
    const log = createLogger(config.logLevel)
    const app = await startApp(config, {
      log,
      now: Date.now,
      fetch: globalThis.fetch,
      print: (line) => process.stdout.write(`${line}\n`),
      onFatal: (error) => fail(error),
    })
    stopOnSignal(app, log)
    announce(app, config, log)
  } catch (error) {
    fail(error)
  }
}

/** Whoever reads what is written may be gone: a pipe that broke ends neither the process nor its stop. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}

function announce(app: App, config: Config, log: Logger): void {
  process.stderr.write(banner(app, config))
  log.info({ api: app.apiUrl, metrics: app.metricsUrl, shop: app.shopUrl }, 'ready')
}

/** What a person reads when the service is up: where to look and what to try. */
function banner(app: App, config: Config): string {
  const rows: (readonly [string, string])[] = [
    ...(app.shopUrl === undefined ? [] : [['shop (emulator)', app.shopUrl] as const]),
    ['API', app.apiUrl],
    ['API description', `${app.apiUrl}/openapi.json`],
    ['metrics', app.metricsUrl],
    ['ledger', ledgerName(config)],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
  const hint =
    app.shopUrl === undefined
      ? `  Stripe, ${config.mode} mode`
      : '  No STRIPE_SECRET_KEY: the emulator stands in for Stripe. Open the shop and buy something.'
  return ['', '  countinghouse is ready', '', ...lines, '', hint, '', ''].join('\n')
}

/** The file, or the database without its password. */
function ledgerName({ database }: Config): string {
  if (database.engine === 'sqlite') return database.path
  const { host, pathname } = new URL(database.url)
  return `postgres://${host}${pathname}`
}

function stopOnSignal(app: App, log: Logger): void {
  let stoppingSince: number | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > sameSignalMs) process.exit(1)
      return
    }
    stoppingSince = performance.now()
    log.info({ signal }, 'stopping')
    app.stop().then(() => {
      log.info('stopped')
      process.exit(0)
    }, fail)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  process.on('SIGHUP', onSignal)
}

function fail(error: unknown): never {
  process.stderr.write(`countinghouse: ${explain(error)}\n`)
  process.exit(1)
}

/** One clear sentence for what was foreseen, the place of the failure for what was not. */
function explain(error: unknown): string {
  if (error instanceof AppError) return error.message
  if (isDatabaseError(error))
    return `the database failed (${messageOf(error)}): see that it runs, has connections free and lets the role of DATABASE_URL create tables, then start again`
  return `unforeseen failure: ${JSON.stringify(describeError(error), null, 2)}`
}
