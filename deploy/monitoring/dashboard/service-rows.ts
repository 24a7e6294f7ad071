import type { Panel, Row } from './panel.ts'

function ofProcess(metric: string, more = ''): string {
  return `${metric}{job=~"$job",instance=~"$instance"${more}}`
}

function requests(more = ''): string {
  return ofProcess('http_server_request_duration_seconds_count', more)
}

/**
 * The requests of five minutes, by the label `by` or all together. A series is born with its first
 * request, which `increase` alone would take for old: as in the alert HttpErrorRatioHigh.
 */
function requestsOfFiveMinutes(more: string, by = ''): string {
  const born = `(${requests(more)} unless ${requests(more)} offset 5m)`
  const uptime = ofProcess('process_uptime_seconds')
  const watched = `(${uptime} < 5 * 60 or ${uptime} offset 5m)`
  const counted = `${born} and on (job, instance) ${watched} or increase(${requests(more)}[5m])`
  return `sum${by && ` by (${by})`} (${counted})`
}

const noProbe = ',http_route!~"/healthz|/readyz"'

function gauge(title: string, description: string, metric: string, redFrom: number): Panel {
  return {
    title,
    description,
    type: 'stat',
    unit: 'short',
    decimals: 0,
    red: { from: redFrom },
    queries: [{ expr: `max(${metric}{job=~"$job"})`, legend: title }],
    width: 4,
    height: 4,
  }
}

function age(title: string, description: string, metric: string, redFromSeconds: number): Panel {
  return {
    title,
    description,
    type: 'stat',
    unit: 's',
    decimals: 0,
    red: { from: redFromSeconds },
    queries: [{ expr: `time() - max(${metric}{job=~"$job"})`, legend: title }],
    width: 4,
    height: 4,
  }
}

export const serviceRows: readonly Row[] = [
  {
    title: 'Can the counters be trusted?',
    panels: [
      {
        title: 'Alerts that fire',
        description:
          'Each has a page in deploy/monitoring/runbooks. Watchdog is left out: it always fires.',
        type: 'table',
        unit: 'short',
        queries: [
          {
            expr: 'ALERTS{alertstate="firing",severity!="none"}',
            legend: '{{alertname}}',
          },
        ],
        width: 12,
        height: 8,
      },
      {
        title: 'Replicas that can be scraped',
        description:
          'Of all targets of the job, those that answered the last scrape, and how many of them are the leader: always one.',
        type: 'timeseries',
        unit: 'short',
        min: 0,
        queries: [
          { expr: 'sum(up{job=~"$job"})', legend: 'up' },
          { expr: 'sum(countinghouse_is_leader{job=~"$job"})', legend: 'leader' },
        ],
        width: 12,
        height: 8,
      },
      age(
        'Since the last sweep',
        "Stripe's events are read every five minutes.",
        'countinghouse_sweep_last_success_timestamp_seconds',
        1800,
      ),
      age(
        'Since the last reconcile',
        "The ledger is compared with Stripe's lists every hour.",
        'countinghouse_reconcile_last_success_timestamp_seconds',
        10800,
      ),
      age(
        'Since the last webhook',
        'The last webhook that was accepted. Long is normal when nobody buys.',
        'countinghouse_last_webhook_timestamp_seconds',
        86400,
      ),
      gauge(
        'Drift',
        'Facts that the last reconcile found missing, and recorded.',
        'countinghouse_drift_facts',
        1,
      ),
      gauge(
        'Unknown posts',
        'Posts whose outcome nobody knows: not counted, waiting for somebody to resolve them.',
        'countinghouse_unknown_posts',
        1,
      ),
      gauge(
        'Unreadable events',
        'Verified events whose shape is not understood: kept aside, not counted.',
        'countinghouse_dead_letters',
        1,
      ),
    ],
  },
  {
    title: 'Service',
    panels: [
      {
        title: 'Requests by route',
        description: 'Requests per second, by the pattern of the route.',
        type: 'timeseries',
        unit: 'reqps',
        min: 0,
        queries: [
          {
            expr: `sum by (http_route) (rate(${requests()}[$__rate_interval]))`,
            legend: '{{http_route}}',
          },
        ],
        width: 6,
        height: 8,
      },
      {
        title: 'Server errors',
        description: 'Of the requests of five minutes, probes left out, the share answered 5xx.',
        type: 'timeseries',
        unit: 'percent',
        min: 0,
        queries: [
          {
            expr: `100 * (${requestsOfFiveMinutes(`${noProbe},http_response_status_code=~"5.."`)} or vector(0)) / (${requestsOfFiveMinutes(noProbe)} > 0)`,
            legend: '5xx',
          },
        ],
        width: 6,
        height: 8,
      },
      {
        title: 'Duration, 95th percentile',
        description:
          'Of 20 requests, 19 were faster; interpolated within the buckets of the histogram.',
        type: 'timeseries',
        unit: 's',
        min: 0,
        queries: [
          {
            expr: 'histogram_quantile(0.95, sum by (http_route, le) (rate(http_server_request_duration_seconds_bucket{job=~"$job",instance=~"$instance"}[$__rate_interval])))',
            legend: '{{http_route}}',
          },
        ],
        width: 6,
        height: 8,
      },
      {
        title: 'Answers to webhooks',
        description:
          'Within five minutes, by status: 200 taken or of no use, 400 bad signature, 503 not committed, Stripe repeats it.',
        type: 'timeseries',
        unit: 'short',
        min: 0,
        draw: 'bars',
        queries: [
          {
            expr: `round(${requestsOfFiveMinutes(',http_route="/webhooks/stripe"', 'http_response_status_code')})`,
            legend: '{{http_response_status_code}}',
          },
        ],
        width: 6,
        height: 8,
      },
    ],
  },
  {
    title: 'Process',
    panels: [
      {
        title: 'Event loop, busy',
        description:
          'The share of time in which the event loop was at work. Near 100 % everything waits.',
        type: 'timeseries',
        unit: 'percent',
        min: 0,
        max: 100,
        queries: [
          {
            expr: `100 * sum by (instance) (rate(${ofProcess('nodejs_eventloop_time_seconds_total', ',nodejs_eventloop_state="active"')}[$__rate_interval])) / sum by (instance) (rate(${ofProcess('nodejs_eventloop_time_seconds_total')}[$__rate_interval]))`,
            legend: '{{instance}}',
          },
        ],
        width: 6,
        height: 8,
      },
      {
        title: 'Event loop, delay',
        description:
          'How long one turn of the event loop kept others waiting: the longest, and the 99th percentile, over the last one to two minutes.',
        type: 'timeseries',
        unit: 's',
        min: 0,
        queries: [
          {
            expr: ofProcess('nodejs_eventloop_delay_max_seconds'),
            legend: 'longest {{instance}}',
          },
          { expr: ofProcess('nodejs_eventloop_delay_p99_seconds'), legend: 'p99 {{instance}}' },
        ],
        width: 6,
        height: 8,
      },
      {
        title: 'Memory',
        description:
          "What the process holds, V8's heap within it, and the limit at which V8 gives up.",
        type: 'timeseries',
        unit: 'bytes',
        min: 0,
        queries: [
          { expr: ofProcess('process_memory_usage_bytes'), legend: 'resident {{instance}}' },
          { expr: ofProcess('v8js_memory_heap_used_bytes'), legend: 'heap {{instance}}' },
          { expr: ofProcess('v8js_memory_heap_limit_bytes'), legend: 'heap limit {{instance}}' },
        ],
        width: 6,
        height: 8,
      },
      {
        title: 'CPU and garbage collection',
        description:
          'Cores in use, and the share of time in which V8 collected garbage: 1 is one whole core.',
        type: 'timeseries',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: `sum by (instance) (rate(${ofProcess('process_cpu_time_seconds_total')}[$__rate_interval]))`,
            legend: 'CPU {{instance}}',
          },
          {
            expr: `sum by (instance) (rate(${ofProcess('v8js_gc_duration_seconds_sum')}[$__rate_interval]))`,
            legend: 'garbage collection {{instance}}',
          },
        ],
        width: 6,
        height: 8,
      },
    ],
  },
]
