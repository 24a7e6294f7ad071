// The whole service as a process, with short limits for posts and its chat services near at hand.

import { startApp } from '../../../../src/app/app.ts'
import { readConfig } from '../../../../src/config/config.ts'
import { createLogger } from '../../../../src/log.ts'

const channels = process.env.CHAOS_CHANNELS ?? ''
const hosts: Readonly<Record<string, string>> = {
  'api.telegram.org': 'telegram',
  'hooks.slack.com': 'slack',
  'discord.com': 'discord',
}

/** Requests to the services on the internet go to those of the chaos. */
const reroute: typeof fetch = (input, init) => {
  const url = new URL(String(input))
  const service = hosts[url.hostname]
  const headers = { ...init?.headers, 'x-process': String(process.pid) }
  const near = service === undefined ? url : `${channels}/${service}${url.pathname}`
  return fetch(near, { ...init, headers })
}

function fail(cause: unknown): never {
  process.stderr.write(`${cause instanceof Error ? cause.stack : String(cause)}\n`)
  process.exit(1)
}

try {
  const config = readConfig()
  const log = createLogger(config.logLevel)
  const app = await startApp(config, {
    log,
    now: Date.now,
    fetch: reroute,
    print: () => undefined,
    onFatal: fail,
    limits: { sendTimeoutMs: 1_000, graceMs: 7 * 24 * 3_600_000 },
  })
  process.on('SIGTERM', () => app.stop().then(() => process.exit(0), fail))
  process.stdout.write(
    `${JSON.stringify({ msg: 'ready', api: app.apiUrl, metrics: app.metricsUrl })}\n`,
  )
} catch (cause) {
  fail(cause)
}
