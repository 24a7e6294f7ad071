import { onTestFinished, vi } from 'vitest'
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts'
import { startTestApp, type TestApp, webhooksOnly } from './start-test-app.ts'
import { deliver, eventBody } from './webhooks.ts'

interface Seen {
  readonly app: TestApp
  readonly receiver: OtlpReceiver
  readonly paths: readonly string[]
  /** The scrape's status and text. */
  readonly status: number
  readonly page: string
  readonly log: string
}

/**
 * What a receiver has and a scrape shows after a payment, with such variables of OpenTelemetry, until the service stopped.
 * `until` is waited for before the stop.
 */
export async function seen(
  variables: Readonly<Record<string, string>>,
  receiver?: OtlpReceiver,
  until: (receiver: OtlpReceiver, app: TestApp) => Promise<void> = async () => undefined,
): Promise<Seen> {
  const own = receiver ?? (await startOtlpReceiver())
  const given = Object.entries({ OTEL_EXPORTER_OTLP_ENDPOINT: own.url, ...variables }).map(
    ([name, value]) => [name, value.replace('RECEIVER', own.url)] as const,
  )
  onTestFinished(() => void vi.unstubAllEnvs())
  // OpenTelemetry's exporters read some of them from the process's own environment.
  for (const [name, value] of given) vi.stubEnv(name, value)
  const app = await startTestApp({
    environment: { ...webhooksOnly, ...Object.fromEntries(given) },
  })
  const caller = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }
  for (const [path, headers] of [
    ['/v1/totals', caller],
    ['/v1/stats', {}],
  ] as const) {
    const { status } = await app.call('GET', path, undefined, headers)
    if (status !== 200) throw new Error(`${path} was answered ${status}`)
  }
  const delivered = await deliver(app.apiUrl, eventBody('payment_intent.succeeded'))
  if (delivered.status !== 200) throw new Error(`a webhook was answered ${delivered.status}`)
  const scrape = await fetch(app.metricsUrl)
  const page = await scrape.text()
  await until(own, app)
  await app.stop()
  const paths = [...new Set(own.bodies.map(({ path }) => path))].toSorted()
  return { app, receiver: own, paths, status: scrape.status, page, log: app.logLines.join('') }
}
