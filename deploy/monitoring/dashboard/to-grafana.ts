import type { Panel } from './panel.ts'

/** The data source of every query: the one that is chosen on the dashboard. */
export const source = { type: 'prometheus', uid: '$datasource' }

/** Where a panel stands, in Grafana's grid of 24 columns. */
export interface Place {
  readonly x: number
  readonly y: number
}

/** A panel in Grafana's format. */
export function toGrafana(panel: Panel, id: number, place: Place) {
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
