import { readOtel } from '../../src/config/otel/read-otel.ts'

/** How the service exports to a receiver, with other variables if given. */
export function otlpSettings(url: string, variables: Readonly<Record<string, string>> = {}) {
  const { metrics, traces } = readOtel({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...variables })
  if (metrics.push === undefined || traces === undefined) throw new Error('nothing is exported')
  return { push: metrics.push, traces }
}
