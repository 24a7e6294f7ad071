import type { Panel, Row } from './panel.ts'

export const trustRow: Row = {
  title: 'Can the counters be trusted?',
  panels: [
    {
      title: 'Firing alerts',
      description:
        'Of this job. A click on a name opens the runbook. Watchdog is excluded, because it always fires.',
      type: 'table',
      unit: 'short',
      queries: [
        {
          expr: 'ALERTS{alertstate="firing",severity!="none",job=~"$job"}',
          legend: '{{alertname}}',
        },
      ],
      columns: { alertname: 'Alert', severity: 'Severity', instance: 'Replica', plan: 'Plan' },
      // Grafana replaces the name of a field after `__data.fields` by its value in the row.
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
      link: { title: 'Runbook', url: '$runbooks/${__data.fields.Alert}.md' },
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
      'Time since the last accepted webhook. It has no red: a long time is normal when there are no sales. The alert StripeWebhooksSilent fires when payments were recorded while no webhook arrived.',
      'countinghouse_last_webhook_timestamp_seconds',
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
}

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

function age(title: string, description: string, metric: string, redFromSeconds?: number): Panel {
  return {
    title,
    description,
    type: 'stat',
    unit: 's',
    decimals: 0,
    ...(redFromSeconds === undefined ? {} : { red: { from: redFromSeconds } }),
    queries: [{ expr: `time() - max(${metric}{job=~"$job"})`, legend: title }],
    width: 4,
    height: 4,
  }
}
