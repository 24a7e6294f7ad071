import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'

/**
 * How soon the service is ready, counted from the process's start, and how much memory it holds after
 * ten idle seconds: with a Stripe key and with the emulator, each after a first start that warms
 * Node's compile cache.
 */
const entry = new URL('../../src/start.mjs', import.meta.url).pathname
const idleMs = 10_000

const variants = {
  'with a Stripe key': {
    STRIPE_SECRET_KEY: 'sk_test_none',
    STRIPE_WEBHOOK_SECRET: 'whsec_none',
    STRIPE_API_BASE: 'http://127.0.0.1:9',
  },
  'with the emulator': {},
}

async function measure(environment: Readonly<Record<string, string>>, idle: number) {
  const folder = mkdtempSync(join(tmpdir(), 'countinghouse-idle-'))
  const startedAt = performance.now()
  const child = spawn(process.execPath, [entry], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      EMULATOR_PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      ...environment,
    },
  })
  try {
    for await (const line of createInterface({ input: child.stdout }))
      if (line.includes('"msg":"ready"')) break
    const readyMs = Math.round(performance.now() - startedAt)
    await wait(idle)
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    const residentKilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
    return { readyMs, residentMegabytes: Math.round(residentKilobytes / 1000) }
  } finally {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}

const rows = []
for (const [variant, environment] of Object.entries(variants)) {
  await measure(environment, 0)
  rows.push({ variant, ...(await measure(environment, idleMs)) })
}
// biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
console.table(rows)
