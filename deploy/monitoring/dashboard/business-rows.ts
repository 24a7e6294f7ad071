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
    description: `${description} Over the selected time range; extrapolated by Prometheus and rounded.`,
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
    title: 'Selected time range',
    panels: [
      count('Posts', 'Promotional posts that a channel confirmed.', posts),
      count('Checkouts started', 'Checkout Sessions that Stripe created.', checkouts),
      count('Payments', 'Successful payments, including renewals.', payments('success')),
      count(
        'Failed attempts',
        'Failed payment attempts. One customer can have several.',
        payments('failed'),
      ),
      count(
        'Refunds',
        'Successful refunds. A refund belongs to an earlier payment.',
        payments('refunded'),
      ),
      {
        title: 'Success rate',
        description:
          'The share of payment attempts in the selected time range that succeeded. Refunds are not attempts. Empty when there were no attempts.',
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
          'Three independent counts, not a cohort: posts carry no channel, and payments carry no plan and include renewals, so there can be more payments than checkouts.',
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
        description:
          'Events in the hour before each point. Do not add the three statuses: a refund belongs to an earlier payment.',
        type: 'timeseries',
        unit: 'short',
        min: 0,
        draw: 'bars',
        colors: { success: 'green', failed: 'red', refunded: 'orange' },
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
        title: 'Success rate, last 24 hours',
        description:
          'The share of payment attempts that succeeded in the 24 hours before each point. A gap means that there were no attempts.',
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
        description: 'Checkouts started in the 24 hours before each point, by plan.',
        type: 'timeseries',
        unit: 'short',
        min: 0,
        queries: [{ expr: `sum by (plan) (increase(${checkouts}[1d]))`, legend: '{{plan}}' }],
        width: 6,
        height: 8,
      },
      {
        title: 'Refunds per payment, last 7 days',
        description:
          'Refunds divided by successful payments, both over seven days. Every partial refund counts as one, so the value can exceed 100 %.',
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
        title: 'Payments, compared with last week',
        description:
          'Successful payments in the 24 hours before each point, compared with a week earlier.',
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
        description: 'Confirmed posts in the hour before each point.',
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
