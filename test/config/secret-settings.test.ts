import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Environment, resolveConfig } from '../../src/config/config.ts'
import { runService } from '../support/run-service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'

const canary = 'CANARYSECRET0123456789'

test.each<Environment>([
  { DATABASE_URL: `mysql://u:${canary}@h/d` },
  { OTEL_EXPORTER_OTLP_ENDPOINT: `ftp://u:${canary}@h` },
  { OTEL_EXPORTER_OTLP_ENDPOINT: `http://u:${canary}@h:notaport` },
  { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `https//ingest.example/${canary}` },
  { PUBLIC_URL: `u:${canary}@h` },
  { PUBLIC_URL: `https://u:${canary}@pay.example.com` },
  { STRIPE_API_BASE: `h/${canary}` },
  { CHECKOUT_SUCCESS_URL: `//h?t=${canary}` },
  { [`CHANNEL_${canary}-x`]: 'console:' },
  { CHANNEL_A: `https://u:${canary}@h/p#whsec_x` },
  { API_KEYS_FILE: `/none/${canary}` },
  { TRUSTED_PROXIES: canary },
])('a malformed setting is named and its value never shown: %o', (environment) => {
  let message = ''
  try {
    resolveConfig(environment)
  } catch (cause) {
    message = cause instanceof Error ? cause.message : ''
  }
  expect(message).toContain('need a change')
  expect(message).not.toContain(canary)
})

test('what the process writes is for its user alone, and compiled code is never shared', async () => {
  const stack = testStack()
  const folder = temporaryFolder(stack)
  const shared = temporaryFolder(stack)
  const home = temporaryFolder(stack)
  await runService(folder, { TMPDIR: shared, HOME: home })
  expect(readdirSync(shared)).toEqual([])
  const cache = join(home, '.cache', 'countinghouse', 'compile')
  expect(existsSync(cache) && (statSync(cache).mode & 0o777).toString(8)).toBe('700')
  const files = readdirSync(folder, { withFileTypes: true }).filter((file) => file.isFile())
  expect(files.length).toBeGreaterThan(1)
  for (const { name } of files)
    expect([name, statSync(join(folder, name)).mode & 0o077]).toEqual([name, 0])
})
