import type { Config } from '../config/config.ts'
import type { App } from './app.ts'

/** What a person reads when the service is up: where to look and what to try. */
export function banner(app: App, config: Config): string {
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
