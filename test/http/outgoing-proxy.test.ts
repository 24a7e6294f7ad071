import { createServer } from 'node:http'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { resolveConfig } from '../../src/config/config.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { startOtlpReceiver } from '../support/otlp-receiver.ts'
import { runService } from '../support/run-service.ts'
import { webhookSecret } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'

/** A proxy that lets nothing through, and remembers which hosts it was asked for. */
async function startProxy() {
  const asked = new Set<string>()
  const server = createServer((request, response) => {
    asked.add(new URL(request.url ?? '').host)
    response.writeHead(502).end()
  })
  server.on('connect', (request, socket) => {
    asked.add(String(request.url))
    socket.on('error', () => undefined)
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  const port = await listenOnLoopback(testStack(), server)
  return { url: `http://127.0.0.1:${port}`, asked }
}

const created = z.object({ id: z.string() })

async function postTo(apiUrl: string, channel: string): Promise<void> {
  const post = (path: string, body?: object) =>
    fetch(`${apiUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
      body: JSON.stringify(body),
    })
  const campaign = { name: 'c', messages: ['x'], cron: '0 0 1 1 *', channel }
  const { id } = created.parse(await (await post('/v1/campaigns', campaign)).json())
  await post(`/v1/campaigns/${id}/posts`)
}

const settings = {
  STRIPE_SECRET_KEY: 'sk_test_proxied',
  STRIPE_WEBHOOK_SECRET: webhookSecret,
  CHANNEL_FANS: 'https://discord.com/api/webhooks/9/of_a_test',
  OTEL_METRIC_EXPORT_INTERVAL: '500',
}

test('Stripe, channels and OTLP go through the proxy alike', async () => {
  const proxy = await startProxy()
  const service = await runService(temporaryFolder(), {
    ...settings,
    HTTPS_PROXY: proxy.url,
    HTTP_PROXY: proxy.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.invalid:4318',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.invalid/v1/traces',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  })
  await postTo(service.apiUrl, 'fans')
  await vi.waitFor(
    () =>
      expect([...proxy.asked].toSorted()).toEqual([
        'api.stripe.com:443',
        'collector.invalid:4318',
        'discord.com:443',
        'traces.invalid:443',
      ]),
    { timeout: 20_000 },
  )
})

test('this machine is reached without the proxy, and so is what NO_PROXY names', async () => {
  const proxy = await startProxy()
  const receiver = await startOtlpReceiver()
  await runService(temporaryFolder(), {
    http_proxy: proxy.url,
    https_proxy: proxy.url,
    NO_PROXY: 'api.stripe.com,.invalid',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  })
  await vi.waitFor(() => expect(receiver.points.length).toBeGreaterThan(0), { timeout: 20_000 })
  expect([...proxy.asked]).toEqual([])
})

test('the names in small letters are settings too', () => {
  const { warnings, proxy } = resolveConfig({ http_proxy: 'http://p', no_proxy: 'x' })
  expect(warnings).toEqual([])
  expect(proxy).toMatchObject({ http_proxy: 'http://p', no_proxy: expect.stringMatching(/^x,/) })
})

test('a proxy that is no URL is refused, without its password', () => {
  const refusal = () => resolveConfig({ HTTPS_PROXY: 'user:canary@proxy.example:3128' })
  expect(refusal).toThrow(/HTTPS_PROXY: give the proxy as a URL/)
  expect(refusal).not.toThrow(/canary/)
  expect(() => resolveConfig({ http_proxy: 'socks5://proxy.example' })).toThrow(/HTTP_PROXY: /)
})
