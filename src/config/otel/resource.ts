import type { VariableReader } from './read-variables.ts'

const serviceNameDefault = 'countinghouse'

/** The service's name and the attributes of everything that is exported. */
export function readResource(reader: VariableReader) {
  const resourceAttributes = readAttributes(reader)
  return {
    serviceName:
      reader.text('OTEL_SERVICE_NAME') ?? resourceAttributes['service.name'] ?? serviceNameDefault,
    resourceAttributes,
  }
}

/** Pairs, key=value,key=value, both percent-encoded; a list with an error in it counts as not set. */
function readAttributes(reader: VariableReader): Readonly<Record<string, string>> {
  const name = 'OTEL_RESOURCE_ATTRIBUTES'
  const pairs = (reader.text(name) ?? '').split(',').filter((pair) => pair.trim() !== '')
  try {
    return Object.fromEntries(pairs.map(readPair))
  } catch {
    reader.warn(
      `${name}: all of it is ignored: give pairs, key=value,key=value, with keys and values percent-encoded`,
    )
    return {}
  }
}

/** Throws `URIError`. */
function readPair(pair: string): readonly [string, string] {
  const [, key = '', value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? []
  if (key === '') throw new URIError('not a pair')
  return [decodeURIComponent(key), decodeURIComponent(value)]
}
