import { chmodSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createAuthority } from '../../support/certificates.ts'
import { startHangingReceiver } from '../../support/hanging-receiver.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts'
import { readSpans } from '../../support/otlp-spans.ts'
import { seen } from '../../support/seen-telemetry.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { until } from '../../support/until.ts'

const metrics = '/v1/metrics'
const traces = '/v1/traces'
const both: readonly string[] = [metrics, traces]

/** A receiver that takes those whose certificate its authority signed, and what they need. */
async function startMutual() {
  const folder = temporaryFolder()
  chmodSync(folder, 0o700)
  const authority = createAuthority(folder)
  const [server, client] = [authority.issue('server'), authority.issue('client')]
  const receiver = await startOtlpReceiver({
    cert: readFileSync(server.certFile),
    key: readFileSync(server.keyFile),
    ca: readFileSync(authority.caFile),
    requestCert: true,
    rejectUnauthorized: true,
  })
  return { receiver, files: [authority.caFile, client.keyFile, client.certFile] as const }
}

test.each([
  [
    [
      'OTEL_EXPORTER_OTLP_CERTIFICATE',
      'OTEL_EXPORTER_OTLP_CLIENT_KEY',
      'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE',
    ],
    both,
  ],
  [
    [
      'OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE',
      'OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY',
      'OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE',
    ],
    [metrics],
  ],
  [
    [
      'OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE',
      'OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY',
      'OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE',
    ],
    [traces],
  ],
  [['OTEL_EXPORTER_OTLP_CERTIFICATE'], []],
])(
  'with %j a receiver with a private authority that asks for a certificate has %j',
  async (names, paths) => {
    const { receiver, files } = await startMutual()
    const variables = Object.fromEntries(names.map((name, at) => [name, files[at] ?? '']))
    const result = await seen(variables, receiver)
    expect(result.paths).toEqual(paths)
    expect(result.log.includes('the metrics cannot be pushed')).toBe(!paths.includes(metrics))
    expect(result.log.includes('the traces cannot be sent')).toBe(!paths.includes(traces))
  },
)

test.each([
  ['OTEL_EXPORTER_OTLP_COMPRESSION', both],
  ['OTEL_EXPORTER_OTLP_METRICS_COMPRESSION', [metrics]],
  ['OTEL_EXPORTER_OTLP_TRACES_COMPRESSION', [traces]],
])('%s=gzip compresses what goes to %j', async (name, paths) => {
  const { receiver } = await seen({ [name]: 'gzip' })
  for (const { path, headers } of receiver.bodies)
    expect([path, headers['content-encoding']]).toEqual([
      path,
      paths.includes(path) ? 'gzip' : undefined,
    ])
  expect(receiver.points.length).toBeGreaterThan(0)
})

test.each([
  ['OTEL_EXPORTER_OTLP_HEADERS', both],
  ['OTEL_EXPORTER_OTLP_METRICS_HEADERS', [metrics]],
  ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', [traces]],
])('%s is sent to %j, and not logged', async (name, paths) => {
  const { receiver, log } = await seen({ [name]: 'authorization=Bearer%20canary' })
  for (const { path, headers } of receiver.bodies)
    expect([path, headers.authorization]).toEqual([
      path,
      paths.includes(path) ? 'Bearer canary' : undefined,
    ])
  expect(log).not.toContain('canary')
})

test.each([
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: '70' }, 70, 70],
  [{ OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '80', OTEL_EXPORTER_OTLP_TIMEOUT: '70' }, 80, 70],
  [{ OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '90', OTEL_EXPORTER_OTLP_TIMEOUT: '70' }, 70, 90],
  [{ OTEL_METRIC_EXPORT_TIMEOUT: '60', OTEL_EXPORTER_OTLP_TIMEOUT: '70' }, 60, 70],
])(
  'with %j a push of metrics that is not answered ends after %i ms, of traces after %i ms',
  async (variables, metricsMs, tracesMs) => {
    const { url } = await startHangingReceiver('silent')
    const { log } = await seen({
      ...variables,
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_BSP_SCHEDULE_DELAY: '10',
    })
    const reason = (timeoutMs: number) => `the receiver gave no answer within ${timeoutMs} ms`
    expect(log).toContain(`"reason":"${reason(metricsMs)}","msg":"the metrics cannot be pushed"`)
    expect(log).toContain(`"reason":"${reason(tracesMs)}","msg":"the traces cannot be sent"`)
  },
)

function pushesOf({ bodies }: OtlpReceiver, to: string): number {
  return bodies.filter(({ path }) => path === to).length
}

test('OTEL_METRIC_EXPORT_INTERVAL is how often metrics are pushed', async () => {
  // One push is two requests: the ledger's counters, and the process's own metrics.
  await seen({ OTEL_METRIC_EXPORT_INTERVAL: '20' }, undefined, (receiver) =>
    until('ten pushes', () => pushesOf(receiver, metrics) >= 20),
  )
  const { receiver } = await seen({})
  expect(pushesOf(receiver, metrics)).toBe(4)
})

test('OTEL_BSP_SCHEDULE_DELAY is how long spans wait, and OTEL_BSP_MAX_EXPORT_BATCH_SIZE how many are sent together', async () => {
  const variables = { OTEL_BSP_SCHEDULE_DELAY: '20', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1' }
  const { receiver } = await seen(variables, undefined, ({ spans }) =>
    until('the spans of three requests', () => spans.length >= 3),
  )
  const counts = receiver.bodies
    .filter(({ path }) => path === traces)
    .map(({ body }) => readSpans(body).length)
  expect(new Set(counts)).toEqual(new Set([1]))
})

test('OTEL_BSP_MAX_QUEUE_SIZE is how many spans wait; the rest is dropped, which is said', async () => {
  const { receiver, log } = await seen({
    OTEL_BSP_MAX_QUEUE_SIZE: '1',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1',
  })
  expect(log).toContain('more spans than can be sent')
  expect((await seen({})).receiver.spans.length).toBeGreaterThan(receiver.spans.length)
})

test.each([
  [{ OTEL_TRACES_SAMPLER_ARG: '0' }, []],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, ['GET /v1/totals']],
  [{ OTEL_TRACES_SAMPLER: 'always_on' }, ['GET /v1/stats', 'GET /v1/totals']],
])(
  'with %j the traces of %j arrive, of which the caller of /v1/totals samples his own',
  async (variables, names) => {
    const { receiver } = await seen(variables)
    const arrived = receiver.spans.map(({ name }) => name).filter((name) => name.startsWith('GET'))
    expect(arrived.toSorted()).toEqual(names)
  },
)

test('exemplars and exponential histograms stay off, which the log says once each', async () => {
  const { page, log } = await seen({
    OTEL_METRICS_EXEMPLAR_FILTER: 'always_on',
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
  })
  expect(page).toMatch(/http_server_request_duration_seconds_bucket\{.*le="\+Inf"\} \d+\n/)
  expect(page).not.toContain(' # {')
  expect(log.match(/check this setting/g)).toHaveLength(2)
})

test('OTEL_EXPORTER_PROMETHEUS_HOST is where the page is', async () => {
  const { app, status } = await seen({ OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.2' })
  expect([new URL(app.metricsUrl).hostname, status]).toEqual(['127.0.0.2', 200])
})
