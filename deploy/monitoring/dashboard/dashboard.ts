import { businessRows } from './business-rows.ts'
import { lay } from './layout.ts'
import { processRow } from './process-row.ts'
import { serviceRow } from './service-row.ts'
import { source } from './to-grafana.ts'
import { trustRow } from './trust-row.ts'

/** The dashboard in Grafana's classic JSON format, as it is provisioned from a file. */
export const dashboard = {
  uid: 'countinghouse',
  title: 'countinghouse',
  description: 'Posts, checkouts and payments, and whether their counters can be trusted.',
  tags: ['countinghouse'],
  schemaVersion: 42,
  version: 1,
  editable: false,
  timezone: 'utc',
  refresh: '1m',
  time: { from: 'now-7d', to: 'now' },
  templating: {
    list: [
      { type: 'datasource', name: 'datasource', label: 'Prometheus', query: 'prometheus' },
      variable('job', 'Job', 'label_values(marketing_posts_total, job)', {
        includeAll: false,
        multi: false,
      }),
      variable('instance', 'Replica', 'label_values(up{job=~"$job"}, instance)', {
        includeAll: true,
        allValue: '.*',
        multi: true,
        current: { text: 'All', value: '$__all' },
      }),
      address('page', "Operator's page", 'http://127.0.0.1:3000'),
      address('runbooks', 'Runbooks', 'http://127.0.0.1:9090/user'),
    ],
  },
  annotations: {
    list: [
      annotation(
        'New leader',
        'purple',
        'countinghouse_is_leader{job=~"$job"} == 1 unless countinghouse_is_leader{job=~"$job"} offset 1m == 1',
        '{{instance}}',
      ),
      annotation('Start', 'blue', 'process_uptime_seconds{job=~"$job"} < 60', '{{instance}}'),
    ],
  },
  links: [
    {
      type: 'link',
      title: "Operator's page",
      url: '$page',
      icon: 'external link',
      targetBlank: true,
    },
    {
      type: 'link',
      title: 'Can the counters be trusted?',
      url: '$page/trust',
      icon: 'question',
      targetBlank: true,
    },
  ],
  panels: lay([trustRow, ...businessRows, serviceRow, processRow]),
}

function variable(name: string, label: string, expr: string, extra: object) {
  return {
    type: 'query',
    name,
    label,
    datasource: source,
    query: { qryType: 1, query: expr, refId: name },
    definition: expr,
    refresh: 2,
    sort: 1,
    ...extra,
  }
}

/** A text that whoever opens the dashboard may change; it is used in links. */
function address(name: string, label: string, query: string) {
  return { type: 'textbox', name, label, query, current: { text: query, value: query } }
}

function annotation(name: string, iconColor: string, expr: string, text: string) {
  return {
    name,
    iconColor,
    expr,
    datasource: source,
    enable: true,
    step: '1m',
    titleFormat: name,
    textFormat: text,
  }
}
