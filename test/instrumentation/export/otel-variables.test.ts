import { expect, test } from 'vitest'
import { seen } from '../../support/seen-telemetry.ts'
import { startTestApp, webhooksOnly } from '../../support/start-test-app.ts'

const all = ['/v1/metrics', '/v1/traces']

test.each<[Record<string, string>, readonly string[], number]>([
  [{}, all, 200],
  [{ OTEL_SDK_DISABLED: 'true' }, [], 404],
  [{ OTEL_METRICS_EXPORTER: 'prometheus' }, ['/v1/traces'], 200],
  [{ OTEL_METRICS_EXPORTER: 'otlp' }, all, 404],
  [{ OTEL_METRICS_EXPORTER: 'prometheus,otlp' }, all, 200],
  [{ OTEL_METRICS_EXPORTER: 'none' }, ['/v1/traces'], 404],
  [{ OTEL_TRACES_EXPORTER: 'none' }, ['/v1/metrics'], 200],
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, ['/v1/metrics'], 200],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'RECEIVER/in/?t=1' }, all.map((one) => `/in${one}?t=1`), 200],
  [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'RECEIVER/m/' }, ['/m/', '/v1/traces'], 200],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'RECEIVER/t' }, ['/t', '/v1/metrics'], 200],
])('with %j a receiver has %j and a scrape is answered %i', async (variables, paths, status) => {
  const result = await seen(variables)
  expect(result.paths).toEqual(paths)
  expect(result.status).toBe(status)
  if (status === 404) expect(result.page).toMatch(/OTEL_(SDK_DISABLED|METRICS_EXPORTER)/)
  expect(result.log).not.toContain('check this setting')
})

test('without telemetry the payment is recorded all the same', async () => {
  const { app } = await seen({ OTEL_SDK_DISABLED: 'true' })
  const again = await startTestApp({
    folder: app.folder,
    environment: webhooksOnly,
  })
  expect((await again.counters()).get('billing_payments_total{status="success"}')).toBe(1)
})

test('resource attributes are those of the process, except what every replica shares', async () => {
  const { receiver } = await seen({
    OTEL_RESOURCE_ATTRIBUTES:
      'service.name=till,service.version=9,service.instance.id=pod-7,deployment.environment=prod,team=a%20b',
  })
  const resources = receiver.points.map(({ name, resource }) => ({ name, ...resource }))
  const shared = { 'service.name': 'till', 'deployment.environment': 'prod' }
  const own = { ...shared, 'service.version': '9', 'service.instance.id': 'pod-7', team: 'a b' }
  const business = resources.find(({ name }) => name === 'billing_payments_total')
  expect(business).toEqual({
    name: 'billing_payments_total',
    ...shared,
    'service.instance.id': expect.stringMatching(/^[\da-f]{8}-1$/),
  })
  expect(resources).toContainEqual(expect.objectContaining(own))
  expect(receiver.spans[0]?.resource).toMatchObject(own)
})

test('headers, compression and the service’s name are as they are set', async () => {
  const { receiver } = await seen({
    OTEL_SERVICE_NAME: 'desk',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=till',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%2Cb%3Dc',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-team=metrics',
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip',
  })
  const [metrics, traces] = all.map((one) => receiver.bodies.find(({ path }) => path === one))
  expect(metrics?.headers['x-team']).toBe('metrics')
  expect(metrics?.headers['content-encoding']).toBeUndefined()
  expect(traces?.headers).toMatchObject({ 'x-team': 'a,b=c', 'content-encoding': 'gzip' })
  expect(new Set(receiver.points.map(({ resource }) => resource['service.name']))).toEqual(
    new Set(['desk']),
  )
})

test.each([
  ['tracecontext', true],
  ['none', false],
])('OTEL_PROPAGATORS=%s: a caller’s trace is continued: %s', async (propagators, isContinued) => {
  const { receiver } = await seen({ OTEL_PROPAGATORS: propagators })
  const span = receiver.spans.find(({ name }) => name === 'GET /v1/totals')
  expect(span?.traceId === 'a'.repeat(32)).toBe(isContinued)
})

test('limits of attributes hold for spans', async () => {
  const { receiver } = await seen({
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100',
    OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2',
  })
  const span = receiver.spans.find(({ name }) => name === 'GET /v1/totals')
  expect(span?.attributes).toEqual({ 'http.request.method': 'GET', 'http.route': '/v1' })
})

test('temporality stays cumulative, which the log and nothing else says', async () => {
  const { receiver, log } = await seen({
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_JAEGER_ENDPOINT: 'http://jaeger',
  })
  expect(receiver.points.every(({ isCumulative }) => isCumulative)).toBe(true)
  expect(log.match(/check this setting/g)).toHaveLength(3)
  expect(log).toMatch(/OTEL_EXPORTER_JAEGER_ENDPOINT: without effect/)
})

test('an empty variable counts as not set', async () => {
  const { paths, log } = await seen({
    OTEL_SDK_DISABLED: '',
    OTEL_METRICS_EXPORTER: ' ',
    OTEL_TRACES_SAMPLER: '',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '',
    OTEL_EXPORTER_OTLP_PROTOCOL: '',
  })
  expect(paths).toEqual(all)
  expect(log).not.toContain('check this setting')
})
