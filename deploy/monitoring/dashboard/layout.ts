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
      },
      overrides: [],
    },
    options: optionsByType[panel.type],
    targets: panel.queries.map((query, index) => toTarget(panel, query, index)),
  }
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
    ],
  },
  panels: lay([...businessRows, trustRow, serviceRow, processRow]),
}
