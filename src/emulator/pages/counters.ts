export interface Series {
  readonly name: string
  /** The plan or the status; null for a counter without an attribute. */
  readonly label: string | null
  readonly value: number
}

const shown: ReadonlyMap<string, string | null> = new Map([
  ['marketing_posts_total', null],
  ['billing_checkout_started_total', 'plan'],
  ['billing_payments_total', 'status'],
])

/** The business counters in a page of Prometheus text, in its order. */
export function readCounters(text: string): Series[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] =
      line.match(/^([a-z_]+)(?:\{(.*)\})?\s+(\S+)/) ?? []
    const attribute = shown.get(name)
    if (attribute === undefined) return []
    const label = attribute && labels.match(new RegExp(`(?:^|,)${attribute}="([^"]*)"`))?.[1]
    return [{ name, label: label ?? null, value: Number(value) }]
  })
}
