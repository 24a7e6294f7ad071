import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test, vi } from 'vitest'
import { startOtlpReceiver } from '../support/otlp-receiver.ts'
import { startAppWithStripe } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { uncomment } from '../support/uncomment.ts'
import { deliver, eventBody } from '../support/webhooks.ts'
import { startCollector } from './programs.ts'

const shipped = readFileSync(new URL('../../otel-collector.yaml', import.meta.url), 'utf8')

/** The service with a real Collector before two backends that this test reads. */
async function start(text: string) {
  const folder = temporaryFolder()
  const file = join(folder, 'collector.yaml')
  writeFileSync(file, text)
  const metrics = await startOtlpReceiver()
  const traces = await startOtlpReceiver()
  const collector = await startCollector(
    folder,
    {
      COUNTINGHOUSE_WAY_IN: 'otlp',
      OTLP_BACKEND_URL: metrics.url,
      TRACES_BACKEND_URL: traces.url,
    },
    file,
  )
  const app = await startAppWithStripe({
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.pushUrl,
      OTEL_METRIC_EXPORT_INTERVAL: '200',
    },
  })
  expect((await deliver(app.apiUrl, eventBody('payment_intent.succeeded'))).status).toBe(200)
  await app.stop()
  const warnings = app.logLines.filter((line) => /cannot be (sent|pushed)/.test(line))
  return { metrics, traces, warnings }
}

describe.skipIf(inject('tools').paths.otelcol === '')('the real Collector and traces', () => {
  test('on the file as it is, it refuses them, which is said once, and takes the metrics', async () => {
    const { metrics, warnings } = await start(shipped)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('the receiver takes no traces (404)')
    await vi.waitFor(() => expect(metrics.points.length).toBeGreaterThan(0), 30_000)
  })

  test('with the part for traces, it brings them to a backend of their own', async () => {
    const { metrics, traces, warnings } = await start(uncomment(shipped))
    await vi.waitFor(
      () => expect(traces.spans.map(({ name }) => name)).toContain('POST /webhooks/stripe'),
      30_000,
    )
    const [commit] = traces.spans.filter(({ name }) => name === 'commit')
    const [request] = traces.spans.filter(({ name }) => name === 'POST /webhooks/stripe')
    expect(commit).toMatchObject({ traceId: request?.traceId, parentId: request?.spanId })
    await vi.waitFor(() => expect(metrics.points.length).toBeGreaterThan(0), 30_000)
    expect(warnings).toEqual([])
  })
})
