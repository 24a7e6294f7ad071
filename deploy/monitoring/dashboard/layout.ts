import { businessRows } from './business-rows.ts'
import type { Panel, Row } from './panel.ts'
import { processRow } from './process-row.ts'
import { serviceRow } from './service-row.ts'
import { trustRow } from './trust-row.ts'

const source = { type: 'prometheus', uid: '$datasource' }
const columns = 24

interface Place {
  readonly x: number
  readonly y: number
}

/** Red and green, or blue where no value is good or bad. */
function thresholdsOf({ red }: Panel) {
  if (red === undefined) return { mode: 'absolute', steps: [{ color: 'blue', value: null }] }
  const [low, high, value] =
    'from' in red ? ['green', 'red', red.from] : ['red', 'green', red.below]
  return {
    mode: 'absolute',
    steps: [
      { color: low, value: null },
      { color: high, value },
    ],
  }
}

const optionsByType: Readonly<Record<Panel['type'], object>> = {
  stat: {
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    colorMode: 'value',
    graphMode: 'none',
  },
  bargauge: {
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    orientation: 'horizontal',
    displayMode: 'basic',
  },
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  table: { showHeader: true },
}

function customOf({ type, draw = 'lines' }: Panel) {
  return type === 'timeseries' ? { custom: { drawStyle: draw, fillOpacity: 15, lineWidth: 2 } } : {}
}

function toTarget({ type }: Panel, { expr, legend }: Panel['queries'][number], index: number) {
  return {
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource: source,
    expr,
    legendFormat: legend,
    ...(type === 'timeseries'
      ? { range: true }
      : { instant: true, format: type === 'table' ? 'table' : 'time_series' }),
  }
}

function toGrafana(panel: Panel, id: number, place: Place) {
  return {
    id,
    type: panel.type,
    title: panel.title,
    description: panel.description,
    datasource: source,
    gridPos: { ...place, w: panel.width, h: panel.height },
    fieldConfig: {
      defaults: {
        unit: panel.unit,
        color: { mode: panel.type === 'timeseries' ? 'palette-classic' : 'thresholds' },
        thresholds: thresholdsOf(panel),
        ...(panel.decimals === undefined ? {} : { decimals: panel.decimals }),
        ...(panel.min === undefined ? {} : { min: panel.min }),
        ...(panel.max === undefined ? {} : { max: panel.max }),
        ...customOf(panel),
        ...(panel.link === undefined ? {} : { links: [{ ...panel.link, targetBlank: true }] }),
      },
      overrides: Object.entries(panel.colors ?? {}).map(([legend, fixedColor]) => ({
        matcher: { id: 'byName', options: legend },
        properties: [{ id: 'color', value: { mode: 'fixed', fixedColor } }],
      })),
    },
    options: optionsByType[panel.type],
    ...(panel.columns === undefined ? {} : { transformations: arrange(panel.columns) }),
    targets: panel.queries.map((query, index) => toTarget(panel, query, index)),
  }
}

/** Keeps the given columns of a table, in this order, under these headings. */
function arrange(columns: Readonly<Record<string, string>>): readonly object[] {
  const labels = Object.keys(columns)
  return [
    { id: 'filterFieldsByName', options: { include: { names: labels } } },
    {
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(labels.map((label, index) => [label, index])),
        renameByName: columns,
      },
    },
  ]
}

/** Places rows below each other and the panels of a row from left to right, wrapping at 24 columns. */
function lay(rows: readonly Row[]): readonly object[] {
  const laid: object[] = []
  let y = 0
  for (const row of rows) {
    const gridPos = { x: 0, y, w: columns, h: 1 }
    laid.push({
      id: laid.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos,
      panels: [],
    })
    y += 1
    let x = 0
    let height = 0
    for (const panel of row.panels) {
      if (x + panel.width > columns) {
        y += height
        x = 0
        height = 0
      }
      laid.push(toGrafana(panel, laid.length + 1, { x, y }))
      x += panel.width
      height = Math.max(height, panel.height)
    }
    y += height
  }
  return laid
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
