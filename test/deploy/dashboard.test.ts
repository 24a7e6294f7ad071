import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dashboard as built } from '../../deploy/monitoring/dashboard/dashboard.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { committed, readDashboard, readPanels } from './dashboard.ts'

test('the committed dashboard is what the script builds: else run npm run dashboard', () => {
  expect(committed()).toEqual(JSON.parse(JSON.stringify(built)))
})

test('every panel has a title and a description, and queries the chosen Prometheus', () => {
  const { panels, uid, editable, timezone } = readDashboard()
  expect({ uid, editable, timezone }).toEqual({
    uid: 'countinghouse',
    editable: false,
    timezone: 'utc',
  })
  const asking = panels.filter(({ type }) => type !== 'row')
  expect(asking.length).toBeGreaterThan(20)
  const source = { type: 'prometheus', uid: '$datasource' }
  for (const { description, fieldConfig, datasource, targets } of asking) {
    expect(description?.length).toBeGreaterThan(20)
    expect(fieldConfig?.defaults.unit).toBeTruthy()
    expect([datasource, ...targets.map((one) => one.datasource)]).toEqual(
      Array(targets.length + 1).fill(source),
    )
    expect(targets.length).toBeGreaterThan(0)
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length)
  }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
})

test('no panel lies over another or beyond the edge', () => {
  const taken = new Set<string>()
  for (const { gridPos, title } of readDashboard().panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(taken.has(`${x} ${y}`), `${title} at ${x}, ${y}`).toBe(false)
        taken.add(`${x} ${y}`)
      }
  }
})

test('no variable is left without a value', () => {
  expect(readPanels().flatMap(({ queries }) => queries.filter((one) => one.includes('$')))).toEqual(
    [],
  )
})

const hasPromtool = spawnSync('promtool', ['--version']).status === 0
const labels = 'job="countinghouse",instance="a"'
const http = `${labels},http_request_method="POST",http_route="/webhooks/stripe",http_response_status_code`

/** Nine days of a small shop, in steps of two minutes: a rate over five needs more than one sample. */
const aShop: readonly (readonly [string, string])[] = [
  [`marketing_posts_total{${labels}}`, '0+1x7000'],
  [`billing_checkout_started_total{${labels},plan="starter"}`, '0+2x7000'],
  [`billing_payments_total{${labels},status="success"}`, '0+9x7000'],
  [`billing_payments_total{${labels},status="failed"}`, '0+1x7000'],
  [`billing_payments_total{${labels},status="refunded"}`, '0+1x7000'],
  [`http_server_request_duration_seconds_count{${http}="200"}`, '0+9x7000'],
  [`http_server_request_duration_seconds_count{${http}="503"}`, '0+1x7000'],
  [
    `http_server_request_duration_seconds_count{${labels},http_request_method="GET",http_route="/healthz",http_response_status_code="200"}`,
    '0+90x7000',
  ],
  [`http_server_request_duration_seconds_bucket{${http}="200",le="0.1"}`, '0+9x7000'],
  [`http_server_request_duration_seconds_bucket{${http}="200",le="+Inf"}`, '0+9x7000'],
  [`up{${labels}}`, '1x7000'],
  [
    `ALERTS{${labels},alertname="CountinghouseDrift",alertstate="firing",severity="warning"}`,
    '1x7000',
  ],
  ...['sweep_last_success', 'reconcile_last_success', 'last_webhook'].map(
    (name) => [`countinghouse_${name}_timestamp_seconds{${labels}}`, '0+120x7000'] as const,
  ),
  [`nodejs_eventloop_time_seconds_total{${labels},nodejs_eventloop_state="active"}`, '0+20x7000'],
  [`nodejs_eventloop_time_seconds_total{${labels},nodejs_eventloop_state="idle"}`, '0+100x7000'],
  [`process_cpu_time_seconds_total{${labels},cpu_mode="user"}`, '0+20x7000'],
  [`v8js_gc_duration_seconds_sum{${labels},v8js_gc_type="minor"}`, '0+1x7000'],
  ...[
    'nodejs_eventloop_delay_max_seconds',
    'nodejs_eventloop_delay_p99_seconds',
    'process_memory_usage_bytes',
    'v8js_memory_heap_used_bytes',
    'v8js_memory_heap_limit_bytes',
  ].map((name) => [`${name}{${labels}}`, '1x7000'] as const),
  ...['drift_facts', 'unknown_posts', 'dead_letters', 'is_leader'].map(
    (name) => [`countinghouse_${name}{${labels}}`, '1x7000'] as const,
  ),
]

interface Expectation {
  readonly expr: string
  readonly value: number
}

/** Runs expressions over the shop's nine days by promtool; answers what it says. */
function askShop(expectations: readonly Expectation[]): string {
  const file = join(temporaryFolder(), 'panels.test.yml')
  const suite = {
    evaluation_interval: '5m',
    tests: [
      {
        interval: '2m',
        input_series: aShop.map(([series, values]) => ({
          series,
          values,
        })),
        promql_expr_test: expectations.map(({ expr, value }) => ({
          expr,
          eval_time: '13000m',
          exp_samples: [{ labels: '{}', value }],
        })),
      },
    ],
  }
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(suite))
  const { stdout, stderr } = spawnSync('promtool', ['test', 'rules', file])
  return `${stdout}${stderr}`
}

test.skipIf(!hasPromtool)('every panel shows something when there is something to show', () => {
  const queries = readPanels().flatMap((panel) => panel.queries)
  const isShown = (query: string) => `(count(${query}) or vector(0)) > bool 0`
  expect(askShop(queries.map((query) => ({ expr: isShown(query), value: 1 })))).toContain('SUCCESS')
})

test.skipIf(!hasPromtool)('of the requests that are no probes a tenth is answered 5xx', () => {
  const [query = ''] = readPanels().find(({ title }) => title === 'Server errors')?.queries ?? []
  expect(askShop([{ expr: `round(${query})`, value: 10 }])).toContain('SUCCESS')
})
