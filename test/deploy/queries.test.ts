import { globSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { counters } from '../../instrumentation/counters.ts'
import { startAppWithStripe, startTestApp } from '../support/start-test-app.ts'
import { deliver, eventBody } from '../support/webhooks.ts'
import { type Exported, findUnknown, readExported } from './exported.ts'
import { parseQuery } from './promql.ts'
import { jobs, queries, root, ruleTests, textOf } from './repository.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: unknown = runInNewContext('gc')

/** The page once it shows everything: V8 reports a collection a little after it. */
function wholePage(metricsUrl: string): Promise<string> {
  return vi.waitFor(async () => {
    if (typeof collectGarbage === 'function') collectGarbage()
    const page = await (await fetch(metricsUrl)).text()
    expect(page).toContain('v8js_gc_duration_seconds_count')
    return page
  })
}

/**
 * What the real service shows after one webhook, one round and a restart, which is when the ledger
 * knows of the webhook for sure, and the routes that it serves.
 */
async function exportedByTheService(): Promise<Exported> {
  const before = await startAppWithStripe({ environment: { ALERT_CHANNEL: 'console:' } })
  await deliver(before.apiUrl, eventBody('payment_intent.succeeded'))
  await before.stop()
  const app = await startTestApp(before)
  await app.syncJobs.runSweep()
  await app.syncJobs.runReconcile()
  const document = await (await app.call('GET', '/openapi.json')).json()
  const { paths } = z.object({ paths: z.record(z.string(), z.unknown()) }).parse(document)
  const declared = Object.keys(paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ':$1'))
  const routes = [...declared, '/webhooks/stripe', '/healthz', '/readyz']
  for (const route of ['/webhooks/stripe', '/healthz', '/readyz'])
    await app.call(route === '/webhooks/stripe' ? 'POST' : 'GET', route)
  const page = await wholePage(app.metricsUrl)
  for (const route of ['/webhooks/stripe', '/healthz', '/readyz'])
    expect(page).toContain(`http_route="${route}"`)
  return readExported(page, { routes, jobs })
}

test('every query in the repository uses metrics, labels and values that the service exports', async () => {
  const exported = await exportedByTheService()
  expect(queries.length).toBeGreaterThan(200)
  for (const kind of [
    /^rule [A-Z]/,
    /^rule job/,
    /^rule test/,
    /^panel/,
    /^README/,
    /^docs/,
    /runbooks/,
  ])
    expect(queries.some(({ where }) => kind.test(where))).toBe(true)
  const findIn = ({ where, query }: (typeof queries)[number]) =>
    findUnknown(query, exported).map((problem) => `${where}: ${problem}, in ${query}`)
  expect(queries.flatMap(findIn)).toEqual([])
})

test('the data of the rule tests is of series that the service exports', async () => {
  const exported = await exportedByTheService()
  const series = ruleTests.flatMap(({ input_series }) => input_series.map((one) => one.series))
  // Values may be wrong there, which an alert has to notice, and each account is a job of its own.
  const unknown = (one: string) =>
    findUnknown(one, exported, { freeValuesOf: ['plan', 'status', 'job'] })
  expect(series.flatMap(unknown)).toEqual([])
})

test.each([
  ['sum(rate(billing_payment_total[5m]))', 'no metric billing_payment_total'],
  ['sum by (plan) (rate(billing_payments_total[5m]))', 'nothing here has plan'],
  ['billing_payments_total{state="failed"}', 'billing_payments_total has no label state'],
  ['billing_payments_total{status=~"success|failure"}', 'status is never failure'],
  ['billing_checkout_started_total{plan="pro"}', 'plan is never pro'],
  [
    'sum by (plan) (rate(billing_payments_total[5m])) / sum by (plan) (rate(billing_checkout_started_total[5m]))',
    'nothing here has plan',
  ],
  [
    'sum by (job) (billing_checkout_started_total) / on (plan) sum by (plan) (billing_checkout_started_total)',
    'nothing here has plan',
  ],
  [
    'billing_checkout_started_total * on (job) group_left (status) sum by (job) (billing_payments_total)',
    'nothing here has status',
  ],
  ['sum without (plan) (sum by (job) (billing_checkout_started_total))', 'nothing here has plan'],
  ['marketing_posts_total - ignoring (plan) up', 'nothing here has plan'],
  [
    'histogram_quantile(0.9, sum by (job) (http_server_request_duration_seconds_bucket))',
    'nothing here has le',
  ],
  [
    'sum by (status) (job_plan:billing_checkout_started:rate5m * on (status) job_status:billing_payments:rate5m)',
    'nothing here has status',
  ],
])('a mistake is found: %s', async (query, problem) => {
  expect(findUnknown(query, await exportedByTheService())).toEqual([problem])
})

test('invalid PromQL is refused', () => {
  expect(() => parseQuery('sum(rate(marketing_posts_total[5m])')).toThrow('not PromQL')
  expect(() => parseQuery('rate(marketing_posts_total[5 minutes])')).toThrow('not PromQL')
})

test('every name in the documents and files of deploy is a metric, an alert or a rule', async () => {
  const { labelsOf } = await exportedByTheService()
  const files = globSync(['*.md', '*.yaml', 'docs/**/*.md', 'deploy/**/*.{md,yml,yaml}'], {
    cwd: root,
  })
  const prefixes =
    /(?<![\w:/.-])(?:marketing|billing|countinghouse|http_server|nodejs|v8js|process|otelcol)_\w+/g
  const known = new Set([...labelsOf.keys(), ...Object.keys(counters)])
  for (const name of [...known]) known.add(name.replace(/_(bucket|sum|count)$/, ''))
  const unknown = files.flatMap((file) =>
    [...textOf(file).matchAll(prefixes)]
      .filter(([name]) => !known.has(name))
      .map(([name]) => `${file}: ${name}`),
  )
  expect(unknown).toEqual([])
})
