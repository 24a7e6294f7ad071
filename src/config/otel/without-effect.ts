import type { VariableReader } from './read-variables.ts'

/** Read by `settings.ts`, or satisfied because a span has neither events nor links. */
const handled: ReadonlySet<string> = new Set([
  'OTEL_EXPORTER_PROMETHEUS_HOST',
  'OTEL_EXPORTER_PROMETHEUS_PORT',
  'OTEL_SPAN_EVENT_COUNT_LIMIT',
  'OTEL_SPAN_LINK_COUNT_LIMIT',
  'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
])

/** Reports every name that has no effect, without its value. Returns the names that are known. */
export function warnWithoutEffect(
  reader: VariableReader,
  given: Readonly<Record<string, string>>,
  read: ReadonlySet<string>,
): ReadonlySet<string> {
  reader.choice('OTEL_LOGS_EXPORTER', ['none'], 'log lines go to standard output, as JSON')
  if (reader.text('OTEL_CONFIG_FILE') !== undefined)
    reader.warn('OTEL_CONFIG_FILE: the file is not read: the variables count, as without it')
  const known = new Set([...read, ...handled])
  const unknown = Object.keys(given).filter((name) => name.startsWith('OTEL_') && !known.has(name))
  if (unknown.length > 0)
    reader.warn(`${unknown.toSorted().map(shorten).join(', ')}: without effect in this service`)
  return known
}

/** A long name may be a secret that was pasted into the wrong place. */
function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 30)}…` : name
}
