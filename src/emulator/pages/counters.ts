import { type CounterName, counters, isCounterName } from '../../../instrumentation/counters.ts'

export interface Series {
  readonly name: CounterName
  /** The plan or the status; null for a counter without an attribute. */
  readonly label: string | null
  readonly value: number
}

/** The business counters in a page of Prometheus text, in its order. */
export function readCounters(text: string): Series[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] =
      line.match(/^([a-z_]+)(?:\{(.*)\})?\s+(\S+)/) ?? []
    if (!isCounterName(name)) return []
    const { attribute } = counters[name]
    const label = attribute && labels.match(new RegExp(`(?:^|,)${attribute}="([^"]*)"`))?.[1]
    return [{ name, label: label ?? null, value: Number(value) }]
  })
}
