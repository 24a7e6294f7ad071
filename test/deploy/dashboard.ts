import { readFileSync } from 'node:fs'
import { z } from 'zod'

const file = new URL(
  '../../deploy/monitoring/grafana/dashboards/countinghouse.json',
  import.meta.url,
)

const target = z.object({
  refId: z.string(),
  expr: z.string(),
  datasource: z.object({ type: z.string(), uid: z.string() }),
})

const panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  datasource: z.object({ type: z.string(), uid: z.string() }).optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string() }) }).optional(),
  targets: z.array(target).default([]),
})

const dashboard = z.object({
  uid: z.string(),
  editable: z.boolean(),
  timezone: z.string(),
  templating: z.object({
    list: z.array(
      z.object({
        type: z.string(),
        name: z.string(),
        query: z.union([z.string(), z.object({ query: z.string() })]),
      }),
    ),
  }),
  panels: z.array(panel),
})

export function committed(): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
export function readDashboard() {
  return dashboard.parse(committed())
}

const values: readonly (readonly [RegExp, string])[] = [
  [/\$__range/g, '1d'],
  [/\$__rate_interval/g, '5m'],
  [/\$job/g, 'countinghouse'],
  [/\$instance/g, '.*'],
]

/** An expression as Grafana sends it, with the variables put in. */
function substitute(expr: string): string {
  return values.reduce((text, [variable, value]) => text.replaceAll(variable, value), expr)
}

/** The panels that ask something, with the queries that Grafana would send. */
export function readPanels() {
  return readDashboard()
    .panels.filter(({ type }) => type !== 'row')
    .map(({ title, targets }) => ({ title, queries: targets.map(({ expr }) => substitute(expr)) }))
}

const labelValues = /^label_values\((.*), (\w+)\)$/

/** The variables that ask Prometheus: `label_values(selector, label)` as a query for that label. */
export function readVariables() {
  return readDashboard().templating.list.flatMap(({ name, query }) => {
    if (typeof query === 'string') return []
    const [, selector, label] = labelValues.exec(query.query) ?? []
    return [{ name, query: `count by (${label}) (${substitute(selector ?? '')})` }]
  })
}
