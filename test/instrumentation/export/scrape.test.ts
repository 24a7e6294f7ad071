import { execFileSync, spawnSync } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { startTelemetry } from '../../../instrumentation/export/meter-providers.ts'
import { createScrape } from '../../../instrumentation/export/scrape.ts'
import { startAppWithStripe } from '../../support/start-test-app.ts'
import { deliver, eventBody } from '../../support/webhooks.ts'

async function pageOf(metricsUrl: string): Promise<string> {
  return (await fetch(metricsUrl)).text()
}

test('the first scrape of a new ledger has exactly the business series, all 0, each explained', async () => {
  const app = await startAppWithStripe()
  const page = await pageOf(app.metricsUrl)
  const business = page
    .split('\n')
    .filter((line) => /^(# (HELP|TYPE) )?(marketing|billing)_/.test(line))
  expect(business).toEqual([
    '# HELP marketing_posts_total Promotional posts that a channel confirmed.',
    '# TYPE marketing_posts_total counter',
    'marketing_posts_total 0',
    '# HELP billing_checkout_started_total Checkout Sessions that Stripe created, by the plan they sell.',
    '# TYPE billing_checkout_started_total counter',
    'billing_checkout_started_total{plan="starter"} 0',
    'billing_checkout_started_total{plan="professional"} 0',
    'billing_checkout_started_total{plan="enterprise"} 0',
    '# HELP billing_payments_total Payments that succeeded, attempts that failed and refunds that succeeded, as Stripe says. The three are different events: do not add them up.',
    '# TYPE billing_payments_total counter',
    'billing_payments_total{status="success"} 0',
    'billing_payments_total{status="failed"} 0',
    'billing_payments_total{status="refunded"} 0',
  ])
})

test('the page is plain Prometheus text, for GET and HEAD, and nothing else is there', async () => {
  const { metricsUrl } = await startAppWithStripe()
  const got = await fetch(metricsUrl)
  expect(got.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const head = await fetch(metricsUrl, { method: 'HEAD' })
  expect(head.status).toBe(200)
  expect(await head.text()).toBe('')
  const refused = await fetch(metricsUrl, { method: 'POST' })
  expect(refused.status).toBe(405)
  expect(refused.headers.get('allow')).toBe('GET, HEAD')
  expect((await fetch(new URL('/', metricsUrl))).status).toBe(404)
})

test('requests are measured by route, never by path, and without scope or target labels', async () => {
  const app = await startAppWithStripe()
  await deliver(app.apiUrl, eventBody('payment_intent.succeeded'))
  await app.call('GET', '/v1/campaigns/campaign_77')
  await app.call('GET', '/no/such/page')
  await app.call('PROPFIND', '/healthz')
  const page = await pageOf(app.metricsUrl)
  const counted = (labels: string) => `http_server_request_duration_seconds_count{${labels}} 1`
  for (const labels of [
    'http_request_method="POST",http_route="/webhooks/stripe",http_response_status_code="200"',
    'http_request_method="GET",http_route="/v1/campaigns/:id",http_response_status_code="404"',
    'http_request_method="GET",http_response_status_code="404"',
    'http_request_method="_OTHER",http_response_status_code="405"',
  ])
    expect(page).toContain(counted(labels))
  expect(page).not.toMatch(/otel_scope|target_info|campaign_77/)
})

const hasPromtool = spawnSync('promtool', ['--version']).status === 0

test.skipIf(!hasPromtool)('promtool finds nothing to complain about', async () => {
  const app = await startAppWithStripe()
  await deliver(app.apiUrl, eventBody('payment_intent.succeeded'))
  const page = await pageOf(app.metricsUrl)
  expect(execFileSync('promtool', ['check', 'metrics'], { input: page }).toString()).toBe('')
})

test('when the totals cannot be read the scrape and the readiness are 503, and heal by themselves', async () => {
  const app = await startAppWithStripe()
  const intruder = new DatabaseSync(`${app.folder}/ledger.db`)
  intruder.exec('alter table totals rename to hidden')
  const refused = await fetch(app.metricsUrl)
  expect(refused.status).toBe(503)
  expect(await refused.text()).toMatch(/^the counters cannot be exposed: /)
  expect((await app.call('GET', '/readyz')).status).toBe(503)
  expect((await app.call('GET', '/healthz')).status).toBe(200)
  intruder.exec('alter table hidden rename to totals')
  intruder.close()
  expect((await fetch(app.metricsUrl)).status).toBe(200)
  expect((await app.call('GET', '/readyz')).status).toBe(200)
})

test('a ledger put back to an older state ends the series instead of letting it fall', async () => {
  const app = await startAppWithStripe()
  await deliver(app.apiUrl, eventBody('payment_intent.succeeded'))
  expect((await fetch(app.metricsUrl)).status).toBe(200)
  const intruder = new DatabaseSync(`${app.folder}/ledger.db`)
  intruder.exec('update totals set total = 0')
  const refused = await fetch(app.metricsUrl)
  expect(refused.status).toBe(503)
  expect(await refused.text()).toContain('it lost commits')
  intruder.exec('update totals set total = 5')
  intruder.close()
  expect((await fetch(app.metricsUrl)).status).toBe(503)
  expect((await app.call('GET', '/readyz')).status).toBe(503)
})

function begin() {
  return startTelemetry({
    serviceName: 'test',
    serviceVersion: '0',
    instanceId: 'i',
    seriesId: undefined,
    resourceAttributes: {},
    warn: () => undefined,
  })
}

test('scrapes that come together share one reading', async () => {
  let readings = 0
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const telemetry = begin()
  const scrape = createScrape({
    exposition: {
      expose: async (collect) => {
        readings += 1
        await released
        return collect('leader')
      },
    },
    business: telemetry.business.reader,
    service: telemetry.service.reader,
    onRefused: () => undefined,
  })
  const answers = Array.from({ length: 5 }, () => scrape(new Request('http://localhost/metrics')))
  release()
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([
    200, 200, 200, 200, 200,
  ])
  expect(readings).toBe(1)
})

test('a page that may not be exposed is refused with the reason', async () => {
  const reasons: string[] = []
  const telemetry = begin()
  const scrape = createScrape({
    exposition: { expose: () => Promise.reject(new Error('the ledger is away')) },
    business: telemetry.business.reader,
    service: telemetry.service.reader,
    onRefused: (reason) => reasons.push(reason),
  })
  const answer = await scrape(new Request('http://localhost/metrics'))
  expect(answer.status).toBe(503)
  expect(await answer.text()).toBe('the counters cannot be exposed: the ledger is away\n')
  expect(reasons).toEqual(['the ledger is away'])
})

/** A scrape whose two readers have a series each. */
function scrapeAs(role: 'leader' | 'not_leader', offReason?: string) {
  const telemetry = begin()
  telemetry.business.meter.createCounter('marketing_posts_total').add(3)
  telemetry.service.meter.createCounter('process_things_total').add(1)
  const scrape = createScrape({
    exposition: { expose: (collect) => collect(role) },
    business: telemetry.business.reader,
    service: telemetry.service.reader,
    offReason,
    onRefused: () => undefined,
  })
  return { telemetry, read: () => scrape(new Request('http://localhost/metrics')) }
}

test('the page of a process that is not the leader has no business series', async () => {
  const leader = await (await scrapeAs('leader').read()).text()
  expect(leader).toMatch(/^marketing_posts_total 3$/m)
  expect(leader).toMatch(/^process_things_total 1$/m)
  const other = await (await scrapeAs('not_leader').read()).text()
  expect(other).not.toContain('marketing_posts_total')
  expect(other).toMatch(/^process_things_total 1$/m)
})

test('a page of which a part could not be collected is refused', async () => {
  const { telemetry, read } = scrapeAs('leader')
  telemetry.business.meter.createObservableGauge('broken').addCallback(() => {
    throw new Error('the gauge is broken')
  })
  const answer = await read()
  expect(answer.status).toBe(503)
  expect(await answer.text()).toContain('the gauge is broken')
})

test('where the metrics are switched off there is no page, and the reason', async () => {
  const answer = await scrapeAs('leader', 'OTEL_METRICS_EXPORTER is none').read()
  expect(answer.status).toBe(404)
  expect(await answer.text()).toBe('the metrics are not here: OTEL_METRICS_EXPORTER is none\n')
})
