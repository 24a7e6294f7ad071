import type { Panel, Row } from './panel.ts'

function ofProcess(metric: string, more = ''): string {
  return `${metric}{job=~"$job",instance=~"$instance"${more}}`
}

function requests(more = ''): string {
  return ofProcess('http_server_request_duration_seconds_count', more)
}

/**
 * The requests of five minutes, by the label `by` or in total. `increase` ignores a series' first value,
 * so the full value of new series is added, as in the alert HttpErrorRatioHigh.
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
        title: 'Firing alerts',
        description:
          'Every alert has a runbook in deploy/monitoring/runbooks. Watchdog is excluded, because it always fires.',
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
        title: 'Replicas and leader',
        description:
          'Targets of the job that answered the last scrape, and how many of them are the leader. There should always be exactly one leader.',
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
        'Last sweep',
        "Time since the last successful sweep of Stripe's events. The default schedule is every five minutes.",
        'countinghouse_sweep_last_success_timestamp_seconds',
        1800,
      ),
      age(
        'Last reconcile',
        "Time since the ledger was last compared with Stripe's lists. The default schedule is hourly.",
        'countinghouse_reconcile_last_success_timestamp_seconds',
        10800,
      ),
      age(
        'Last webhook',
        'Time since the last accepted webhook. A long time is normal when there are no sales.',
        'countinghouse_last_webhook_timestamp_seconds',
        86400,
      ),
      gauge(
        'Drift',
        'Facts that were missing at the last reconcile. It has recorded them.',
        'countinghouse_drift_facts',
        1,
      ),
      gauge(
        'Unknown posts',
        'Posts whose outcome is unknown. They are not counted until somebody resolves them.',
        'countinghouse_unknown_posts',
        1,
      ),
      gauge(
        'Dead letters',
        'Events or objects from Stripe that could not be read. They are not counted.',
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
        description: 'Requests per second, by route.',
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
        description:
          'The share of requests in the five minutes before each point that were answered with a 5xx status. Probes are excluded.',
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
        title: 'Request duration, 95th percentile',
        description:
          '95 % of requests were faster than this. Interpolated within the histogram buckets.',
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
        title: 'Webhook responses',
        description:
          'In the five minutes before each point, by status. 200: recorded or not relevant. 400: invalid signature. 503: not committed, Stripe retries.',
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
        title: 'Event loop utilization',
        description:
          'The share of time that the event loop was busy. Near 100 %, everything waits.',
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
        title: 'Event loop delay',
        description:
          'How long callbacks waited for the event loop: the maximum and the 99th percentile over the last one to two minutes.',
        type: 'timeseries',
        unit: 's',
        min: 0,
        queries: [
          {
            expr: ofProcess('nodejs_eventloop_delay_max_seconds'),
            legend: 'max {{instance}}',
          },
          { expr: ofProcess('nodejs_eventloop_delay_p99_seconds'), legend: 'p99 {{instance}}' },
        ],
        width: 6,
        height: 8,
      },
      {
        title: 'Memory',
        description:
          "The process's resident memory, V8's used heap, and the heap limit at which V8 aborts.",
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
          'CPU cores in use, and the share of time that V8 spent on garbage collection. 1 is one full core.',
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
