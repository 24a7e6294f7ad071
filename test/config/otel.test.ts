import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { resolveConfig } from '../../src/config/config.ts'
import { readOtel } from '../../src/config/otel/read-otel.ts'

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }

test.each<[string, Record<string, string>, string | undefined, string | undefined]>([
  ['nothing', {}, undefined, undefined],
  [
    'a base with a path and a final slash',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c/api/otlp/' },
    'http://c/api/otlp/v1/metrics',
    'http://c/api/otlp/v1/traces',
  ],
  [
    'a base with a query',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c/in?token=t1' },
    'http://c/in/v1/metrics?token=t1',
    'http://c/in/v1/traces?token=t1',
  ],
  [
    'an endpoint of metrics alone, as it is',
    { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c/ingest/?a=b' },
    'http://c/ingest/?a=b',
    undefined,
  ],
  [
    'an endpoint of traces beside the base',
    { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/' },
    'http://collector:4318/v1/metrics',
    'http://t/',
  ],
  [
    'exporters without an endpoint',
    { OTEL_METRICS_EXPORTER: 'otlp', OTEL_TRACES_EXPORTER: 'otlp' },
    'http://localhost:4318/v1/metrics',
    'http://localhost:4318/v1/traces',
  ],
  ['OTEL_SDK_DISABLED', { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }, undefined, undefined],
])('%s: metrics and traces go where the specification says', (_, given, metricsUrl, tracesUrl) => {
  const { metrics, traces, warnings, problems } = readOtel(given)
  expect([metrics.push?.url, traces?.url]).toEqual([metricsUrl, tracesUrl])
  expect([...warnings, ...problems]).toEqual([])
})

test.each<[string, boolean, boolean]>([
  ['prometheus', true, false],
  ['otlp', false, true],
  ['Prometheus, OTLP', true, true],
  ['none', false, false],
])('OTEL_METRICS_EXPORTER=%s: scraped %s, pushed %s', (exporters, isScraped, isPushed) => {
  const { metrics } = readOtel({ ...endpoint, OTEL_METRICS_EXPORTER: exporters })
  expect(metrics.scrapeOffReason === undefined).toBe(isScraped)
  expect(metrics.push !== undefined).toBe(isPushed)
})

test.each<[string, string | undefined, object | undefined]>([
  ['always_on', '0.1', { ratio: 1, isParentBased: false }],
  ['always_off', undefined, undefined],
  ['traceidratio', '0.25', { ratio: 0.25, isParentBased: false }],
  ['traceidratio', '0', undefined],
  ['parentbased_always_on', undefined, { ratio: 1, isParentBased: true }],
  ['parentbased_always_off', undefined, { ratio: 0, isParentBased: true }],
  ['parentbased_traceidratio', '1e-3', { ratio: 0.001, isParentBased: true }],
  ['', '0.5', { ratio: 0.5, isParentBased: true }],
  ['', '0', undefined],
])('OTEL_TRACES_SAMPLER=%s with %s samples as it says', (sampler, share, sampling) => {
  const { traces } = resolveConfig({
    ...endpoint,
    OTEL_TRACES_SAMPLER: sampler,
    OTEL_TRACES_SAMPLER_ARG: share,
  })
  if (sampling === undefined) expect(traces).toBeUndefined()
  else expect(traces).toMatchObject(sampling)
})

/** A value that is not understood, and what is in force instead. */
const notUnderstood: readonly (readonly [string, string, object])[] = [
  ['OTEL_SDK_DISABLED', '1', { traces: { ratio: 1 } }],
  ['OTEL_METRICS_EXPORTER', 'console', { metrics: { scrapeOffReason: undefined } }],
  ['OTEL_TRACES_EXPORTER', 'zipkin', { traces: { ratio: 1 } }],
  ['OTEL_TRACES_SAMPLER', 'jaeger_remote', { traces: { isParentBased: true } }],
  ...['2', '1.5', '-1', '10%'].map((share) =>
    tuple('OTEL_TRACES_SAMPLER_ARG', share, { traces: { ratio: 1 } }),
  ),
  ...['0', '-1', 'soon', '2147483648', '9999999999999'].map((interval) =>
    tuple('OTEL_METRIC_EXPORT_INTERVAL', interval, { metrics: { push: { intervalMs: 60_000 } } }),
  ),
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '9000', { metrics: { push: { timeoutMs: 4_000 } } }],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '10s', { traces: { timeoutMs: 10_000 } }],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json', { problems: [] }],
  ['OTEL_EXPORTER_OTLP_COMPRESSION', 'brotli', { problems: [] }],
  ['OTEL_EXPORTER_OTLP_CERTIFICATE', '/nowhere', { metrics: { push: { tls: { ca: undefined } } } }],
  ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'delta', { problems: [] }],
  ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '9000', { traces: { batches: { batchMax: 2_048 } } }],
  ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', '-5', { traces: { limits: { valueCharsMax: 200 } } }],
  ['OTEL_PROPAGATORS', 'b3', { traces: { continuesCallers: false } }],
  ['OTEL_LOG_LEVEL', 'verbose', { diagnostics: 'warn' }],
  ['OTEL_LOGS_EXPORTER', 'otlp', { problems: [] }],
  ['OTEL_RESOURCE_ATTRIBUTES', 'team=blue,rest', { resourceAttributes: {} }],
  ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz', { resourceAttributes: {} }],
  ['OTEL_EXPORTER_ZIPKIN_ENDPOINT', 'http://z', { problems: [] }],
]

function tuple(name: string, value: string, inForce: object): readonly [string, string, object] {
  return [name, value, inForce]
}

test.each(notUnderstood)('%s=%s is reported once, and ignored', (name, value, inForce) => {
  const read = readOtel({ ...endpoint, [name]: value })
  expect(read.warnings.filter((warning) => warning.includes(name))).toHaveLength(1)
  expect(read).toMatchObject({ problems: [], ...inForce })
})

test('no warning and no refusal quotes a value', () => {
  for (const name of readOtel({}).known) {
    const { warnings, problems } = readOtel({ [name]: 'http://canary:canary@h:1%zz' })
    expect([...warnings, ...problems].join('\n')).not.toContain('canary')
  }
})

test('gRPC stops a start only where something would be sent by it', () => {
  const grpc = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }
  expect(() => resolveConfig({ ...endpoint, ...grpc })).toThrow(
    /OTEL_EXPORTER_OTLP_PROTOCOL=grpc: .*=http\/protobuf .* port 4318/,
  )
  for (const harmless of [
    grpc,
    { ...grpc, ...endpoint, OTEL_SDK_DISABLED: 'true' },
    { ...grpc, OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf' },
  ])
    expect(readOtel(harmless).problems).toEqual([])
})

test('resource attributes are percent-decoded, keys and values', () => {
  const { serviceName, resourceAttributes } = readOtel({
    OTEL_RESOURCE_ATTRIBUTES: ' service.name=till , a%3Db=c%2Cd%20e,empty=',
  })
  expect(serviceName).toBe('till')
  expect(resourceAttributes).toEqual({ 'service.name': 'till', 'a=b': 'c,d e', empty: '' })
})

test('docs/opentelemetry.md has every variable that is known, and no other', () => {
  const page = readFileSync(new URL('../../docs/opentelemetry.md', import.meta.url), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `OTEL_'))
  const names = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(OTEL_\w+)`/g)].map(([, name = '']) => name),
  )
  expect(names.toSorted()).toEqual([...readOtel({}).known].toSorted())
})
