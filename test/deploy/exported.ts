import { parseQuery } from './promql.ts'
import { rules } from './repository.ts'
import { readResultLabels } from './result-labels.ts'

/** What Prometheus can know: names of metrics, the labels of each, the values of a label. */
export interface Exported {
  readonly labelsOf: ReadonlyMap<string, ReadonlySet<string>>
  readonly valuesOf: ReadonlyMap<string, ReadonlySet<string>>
}

const sampleLine = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? \S+$/
const labelPair = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** What Prometheus adds to every series; `instance` is the target's, or the ledger's own. */
const addedLabels = ['job', 'instance']

/**
 * Metrics of other programs: Prometheus's own, and what the Collector shows of itself, which
 * `test/stack` holds against a real one.
 */
export const elsewhere: Readonly<Record<string, readonly string[]>> = {
  up: [],
  ALERTS: ['alertname', 'alertstate', 'severity', 'plan', 'status', 'exporter', 'receiver'],
  otelcol_exporter_send_failed_metric_points: ['exporter'],
  otelcol_exporter_queue_size: ['exporter'],
  otelcol_exporter_queue_capacity: ['exporter'],
  otelcol_receiver_refused_metric_points: ['receiver'],
}

const statusCodes = Array.from({ length: 500 }, (_, index) => String(index + 100))

/** Reads a real page of the service, and adds what the rules record and what Prometheus itself knows. */
export function readExported(
  page: string,
  known: { readonly routes: readonly string[]; readonly jobs: readonly string[] },
): Exported {
  const labelsOf = new Map<string, Set<string>>()
  const valuesOf = new Map<string, Set<string>>()
  const add = (name: string, labels: readonly string[]) => {
    const seen = labelsOf.get(name) ?? new Set(addedLabels)
    for (const label of labels) seen.add(label)
    labelsOf.set(name, seen)
  }
  const addValues = (label: string, values: readonly string[]) =>
    valuesOf.set(label, new Set([...(valuesOf.get(label) ?? []), ...values]))

  for (const line of page.split('\n')) {
    const { name, labels = '' } = sampleLine.exec(line)?.groups ?? {}
    if (name === undefined) continue
    const pairs = [...labels.matchAll(labelPair)]
    add(
      name,
      pairs.map(([, label = '']) => label),
    )
    for (const [, label = '', value = ''] of pairs) addValues(label, [value])
  }
  for (const [name, labels] of Object.entries(elsewhere)) add(name, labels)
  for (const { record, expr } of rules)
    if (record !== undefined) add(record, [...readResultLabels(expr, labelsOf).labels])
  const alerts = rules.flatMap(({ alert }) => alert ?? [])
  addValues('alertname', alerts)
  addValues('alertstate', ['pending', 'firing'])
  addValues('severity', ['critical', 'warning', 'info', 'none'])
  addValues('http_response_status_code', statusCodes)
  addValues('http_route', known.routes)
  addValues('job', known.jobs)
  return { labelsOf, valuesOf }
}

/** What an expression asks for and the service does not export, in words; empty when all is there. */
export function findUnknown(
  query: string,
  { labelsOf, valuesOf }: Exported,
  options: { readonly freeValuesOf?: readonly string[] } = {},
): readonly string[] {
  const all = new Set([...labelsOf.values()].flatMap((labels) => [...labels]))
  const problems: string[] = []
  for (const { metric, matchers } of parseQuery(query).selectors) {
    const labels = metric === undefined ? all : labelsOf.get(metric)
    if (labels === undefined) {
      problems.push(`no metric ${metric}`)
      continue
    }
    for (const { label, operator, value } of matchers) {
      const values = valuesOf.get(label)
      if (!labels.has(label)) problems.push(`${metric} has no label ${label}`)
      else if (values !== undefined && !options.freeValuesOf?.includes(label))
        for (const one of operator.includes('~') ? value.split('|') : [value])
          if (!isKnown(one, operator, values)) problems.push(`${label} is never ${one}`)
    }
  }
  return [...problems, ...readResultLabels(query, labelsOf).problems]
}

function isKnown(value: string, operator: string, values: ReadonlySet<string>): boolean {
  if (!operator.includes('~')) return values.has(value)
  const pattern = new RegExp(`^(?:${value})$`)
  return [...values].some((one) => pattern.test(one))
}
