import type { Panel, Row } from './panel.ts'

function inRange(selector: string): string {
  return `round(sum(increase(${selector}[$__range])))`
}
const posts = 'marketing_posts_total{job=~"$job"}'
const checkouts = 'billing_checkout_started_total{job=~"$job"}'
function payments(status: string): string {
  return `billing_payments_total{job=~"$job",status="${status}"}`
}
const attempts = 'billing_payments_total{job=~"$job",status=~"success|failed"}'

function count(title: string, description: string, selector: string): Panel {
  return {
    title,
    description: `${description} In the chosen range; extrapolated by Prometheus and rounded.`,
    type: 'stat',
    unit: 'short',
    decimals: 0,
    queries: [{ expr: inRange(selector), legend: title }],
    width: 4,
    height: 4,
  }
}

export const businessRows: readonly Row[] = [
  {
    title: 'In the chosen range',
    panels: [
      count('Posts', 'Promotional posts that a channel confirmed.', posts),
      count('Checkouts started', 'Checkout Sessions that Stripe created.', checkouts),
      count('Payments', 'Payments that succeeded, renewals too.', payments('success')),
      count(
        'Failed attempts',
        'Attempts to pay that failed; one customer can have several.',
        payments('failed'),
      ),
      count(
        'Refunds',
        'Refunds that succeeded: later events about earlier payments.',
        payments('refunded'),
      ),
      {
        title: 'Success of attempts',
        description:
          'Of all attempts in the chosen range, the share that succeeded. Refunds are no attempts. Empty when nobody paid.',
        type: 'stat',
        unit: 'percent',
        decimals: 1,
        min: 0,
        max: 100,
        red: { below: 80 },
        queries: [
          {
            expr: `100 * sum(increase(${payments('success')}[$__range])) / (sum(increase(${attempts}[$__range])) > 0)`,
            legend: 'success',
          },
        ],
        width: 4,
        height: 4,
      },
    ],
  },
  {
    title: 'Funnel',
    panels: [
      {
        title: 'Posts, checkouts, payments',
        description:
          'Three counts side by side, no cohort: posts carry no channel, payments carry no plan and include renewals, so payments can exceed checkouts.',
        type: 'bargauge',
        unit: 'short',
        decimals: 0,
        min: 0,
        queries: [
          { expr: inRange(posts), legend: 'posts' },
          { expr: inRange(checkouts), legend: 'checkouts started' },
          { expr: inRange(payments('success')), legend: 'payments' },
        ],
        width: 8,
        height: 8,
      },
      {
        title: 'Payments by status, per hour',
        description: 'Events within the last hour at each moment. Do not add the three up.',
        type: 'timeseries',
        unit: 'short',
        min: 0,
        draw: 'bars',
        queries: [
          {
            expr: 'round(sum by (status) (increase(billing_payments_total{job=~"$job"}[1h])))',
            legend: '{{status}}',
          },
        ],
        width: 8,
        height: 8,
      },
      {
        title: 'Success of attempts, last day',
        description:
          'The share of the attempts of 24 hours that succeeded, at each moment. A gap: nobody paid for a day.',
        type: 'timeseries',
        unit: 'percent',
        min: 0,
        max: 100,
        queries: [
          {
            expr: `100 * sum(increase(${payments('success')}[1d])) / (sum(increase(${attempts}[1d])) > 0)`,
            legend: 'success',
          },
        ],
        width: 8,
        height: 8,
      },
    ],
  },
  {
    title: 'Plans, refunds, posts',
    panels: [
      {
        title: 'Checkouts by plan, per day',
        description:
          'Checkouts started within the last 24 hours at each moment, by the plan they sell.',
        type: 'timeseries',
        unit: 'short',
        min: 0,
        queries: [{ expr: `sum by (plan) (increase(${checkouts}[1d]))`, legend: '{{plan}}' }],
        width: 6,
        height: 8,
      },
      {
        title: 'Refunds per payment, last week',
        description:
          'Refunds of seven days by payments of seven days. Partial refunds count one each, so it can exceed 100 %.',
        type: 'timeseries',
        unit: 'percent',
        min: 0,
        queries: [
          {
            expr: `100 * sum(increase(${payments('refunded')}[7d])) / (sum(increase(${payments('success')}[7d])) > 0)`,
            legend: 'refunds',
          },
        ],
        width: 6,
        height: 8,
      },
      {
        title: 'Payments, this week and last',
        description: 'Payments of 24 hours, beside the same hours a week ago.',
        type: 'timeseries',
        unit: 'short',
        min: 0,
        queries: [
          { expr: `sum(increase(${payments('success')}[1d]))`, legend: 'now' },
          { expr: `sum(increase(${payments('success')}[1d] offset 1w))`, legend: 'a week ago' },
        ],
        width: 6,
        height: 8,
      },
      {
        title: 'Posts per hour',
        description: 'Confirmed posts within the last hour at each moment.',
        type: 'timeseries',
        unit: 'short',
        min: 0,
        draw: 'bars',
        queries: [{ expr: `round(sum(increase(${posts}[1h])))`, legend: 'posts' }],
        width: 6,
        height: 8,
      },
    ],
  },
]
