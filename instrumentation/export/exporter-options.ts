import type { OtlpTarget } from './otlp-target.ts'

/** How OpenTelemetry's exporters send one signal. They read headers and compression from the environment. */
export function exporterOptions({ url, timeoutMs, tls }: OtlpTarget) {
  return {
    url,
    timeoutMillis: timeoutMs,
    httpAgentOptions: { keepAlive: true, ...tls },
  }
}
