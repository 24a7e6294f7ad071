import type { Row } from './panel.ts'
import { ofProcess } from './queries.ts'

const noProbe = ',http_route!~"/healthz|/readyz"'

export const serviceRow: Row = {
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
