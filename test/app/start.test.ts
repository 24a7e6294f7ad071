import { copyFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readSeries } from '../support/read-series.ts'
import { runService, runToFailure } from '../support/run-service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

test('without any setting it starts with the emulator, and a signal ends it with 0', async () => {
  const service = await runService(temporaryFolder())
  expect((await fetch(`${service.apiUrl}/readyz`)).status).toBe(200)
  expect((await fetch(`${service.apiUrl}/healthz`)).status).toBe(200)
  expect(await (await fetch(service.shopUrl ?? '')).text()).toContain('<!doctype html>')
  expect((await readSeries(service.metricsUrl)).size).toBe(7)
  expect(await service.end('SIGTERM')).toBe(0)
})

test('a setting in .env counts, and the environment wins over it', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, '.env'), 'PLANS=solo\nLOG_LEVEL=loud\n')
  const service = await runService(folder, { LOG_LEVEL: 'info' })
  expect([...(await readSeries(service.metricsUrl)).keys()]).toContain(
    'billing_checkout_started_total{plan="solo"}',
  )
})

test('bad settings end it with 1 and one list', async () => {
  const { exitCode, errorText } = await runToFailure(temporaryFolder(), {
    PORT: 'x',
    LOG_LEVEL: 'loud',
  })
  expect(exitCode).toBe(1)
  expect(errorText).toMatch(
    /^countinghouse: these settings need a change:\n {2}- PORT=x.*\n {2}- LOG/,
  )
  expect(errorText).not.toContain('    at ')
})

test('a taken port ends it with 1 and the name of the setting', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void taken.close())
  const address = taken.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  for (const name of ['PORT', 'OTEL_EXPORTER_PROMETHEUS_PORT', 'EMULATOR_PORT']) {
    const { exitCode, errorText } = await runToFailure(temporaryFolder(), { [name]: port })
    expect(exitCode).toBe(1)
    expect(errorText).toContain(`127.0.0.1:${port}: the port is taken`)
    expect(errorText).toContain(`set ${name} to another port`)
  }
})

test('a second process on the same ledger exits with 1, and the first continues', async () => {
  const folder = temporaryFolder()
  const first = await runService(folder)
  const { exitCode, errorText } = await runToFailure(folder, {})
  expect(exitCode).toBe(1)
  expect(errorText).toContain(`another process is using the ledger ${folder}/ledger.db`)
  expect((await fetch(`${first.apiUrl}/readyz`)).status).toBe(200)
})

test('a ledger that kill -9 left is free at once', async () => {
  const folder = temporaryFolder()
  const first = await runService(folder)
  await first.end('SIGKILL')
  const second = await runService(folder)
  expect((await fetch(`${second.apiUrl}/readyz`)).status).toBe(200)
})

test('a data folder that cannot be written ends it with 1 and the path', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'data'), 'a file in the way')
  const { exitCode, errorText } = await runToFailure(folder, {
    DATABASE_URL: 'sqlite:./data/ledger.db',
  })
  expect(exitCode).toBe(1)
  expect(errorText).toMatch(/\/data\/ledger\.db cannot be opened or written/)
})

test('a ledger of another mode ends it with 1 and both names', async () => {
  const folder = temporaryFolder()
  await (await runService(folder)).end('SIGTERM')
  const { exitCode, errorText } = await runToFailure(folder, {
    STRIPE_SECRET_KEY: 'sk_test_1',
    STRIPE_WEBHOOK_SECRET: 'whsec_1',
    STRIPE_API_BASE: 'http://127.0.0.1:9',
  })
  expect(exitCode).toBe(1)
  expect(errorText).toContain('the ledger holds emulator payments, the settings ask for test')
})

test('a ledger file restored from an older copy is noticed: no series falls, and the error says what to do', async () => {
  const folder = temporaryFolder()
  const stripe = {
    ...webhooksOnly,
  }
  await (await runService(folder, stripe)).end('SIGTERM')
  copyFileSync(join(folder, 'ledger.db'), join(folder, 'copy.db'))
  const service = await runService(folder, stripe)
  await deliver(service.apiUrl, eventBody('payment_intent.succeeded'))
  expect((await fetch(service.metricsUrl)).status).toBe(200)
  await service.end('SIGTERM')
  copyFileSync(join(folder, 'copy.db'), join(folder, 'ledger.db'))
  const again = await runService(folder, stripe)
  const refused = await fetch(again.metricsUrl)
  expect(refused.status).toBe(503)
  expect(await refused.text()).toContain('npm run recover')
  const answer = await deliver(again.apiUrl, eventBody('payment_intent.succeeded'))
  expect(answer.status).toBe(200)
})
