import { afterEach, expect, test, vi } from 'vitest'
import { echoes, startEchoingReceiver } from '../../support/echoing-receiver.ts'
import { startOtlpReceiver } from '../../support/otlp-receiver.ts'
import { runService } from '../../support/run-service.ts'
import { startTestApp, webhooksOnly } from '../../support/start-test-app.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { deliver, eventBody } from '../../support/webhooks.ts'

const stripe = {
  ...webhooksOnly,
}

const token = 'canary-token'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('the configured headers are sent with metrics and traces, and appear nowhere else', async () => {
  const receiver = await startOtlpReceiver()
  const service = await runService(temporaryFolder(), {
    ...stripe,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${token},x-tenant=shop`,
    LOG_LEVEL: 'trace',
  })
  expect((await deliver(service.apiUrl, eventBody('payment_intent.succeeded'))).status).toBe(200)
  const page = await (await fetch(service.metricsUrl)).text()
  expect(await service.end('SIGTERM')).toBe(0)
  expect(new Set(receiver.bodies.map(({ path }) => path))).toEqual(
    new Set(['/v1/metrics', '/v1/traces']),
  )
  for (const { headers } of receiver.bodies)
    expect(headers).toMatchObject({ authorization: `Bearer ${token}`, 'x-tenant': 'shop' })
  expect(service.written()).toContain('"msg":"stopped"')
  const bodies = receiver.bodies.map(({ body }) => body.toString('latin1'))
  expect([page, service.written(), ...bodies].filter((one) => one.includes(token))).toEqual([])
})

/** Runs the service with such headers until it stopped; answers what it logged. */
async function logWith(headers: string, url: string): Promise<string> {
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', headers)
  const app = await startTestApp({ environment: { ...stripe, OTEL_EXPORTER_OTLP_ENDPOINT: url } })
  expect((await deliver(app.apiUrl, eventBody('payment_intent.succeeded'))).status).toBe(200)
  await app.stop()
  return app.logLines.join('')
}

test.each([...echoes])('a receiver that echoes them, %s, is not quoted', async (_, echo) => {
  const receiver = await startEchoingReceiver(echo)
  const log = await logWith(`authorization=${token}`, receiver.url)
  expect(receiver.paths).toEqual(new Set(['/v1/metrics', '/v1/traces']))
  expect(log).toMatch(/cannot be pushed|OpenTelemetry:/)
  expect(log).not.toContain(token)
})

test.each([
  ['without a name', `Bearer ${token}==`],
  ['with a line break', `authorization=Bearer%0A${token}`],
  ['with what no header may hold', `authorization=${token}%E2%82%AC`],
])('headers %s are refused without a word of them', async (_, headers) => {
  const receiver = await startOtlpReceiver()
  const log = await logWith(headers, receiver.url)
  expect(receiver.bodies).toEqual([])
  expect(log).toContain('cannot be pushed')
  expect(log).not.toContain(token)
})
