import { expect, test } from 'vitest'
import { exporterOptions } from '../../../instrumentation/export/exporter-options.ts'

test('an exporter keeps its connections, and takes the authority and the proxy of its target', () => {
  const [ca, key, cert] = ['ca', 'key', 'cert'].map((text) => Buffer.from(text))
  const target = { url: 'https://collector/v1/metrics', timeoutMs: 700, tls: { ca, key, cert } }
  const proxy = { HTTPS_PROXY: 'http://proxy:3128' }
  expect(exporterOptions(target, proxy)).toEqual({
    url: 'https://collector/v1/metrics',
    timeoutMillis: 700,
    httpAgentOptions: { keepAlive: true, ca, key, cert, proxyEnv: proxy },
  })
})
