import type { AgentOptions } from 'node:http'
import type { OtlpTarget } from './otlp-target.ts'

/** What requests go through, as Node's agents take it; undefined if nothing. */
export type ProxySettings = AgentOptions['proxyEnv']

/** How OpenTelemetry's exporters send one signal. They read headers and compression from the environment. */
export function exporterOptions({ url, timeoutMs, tls }: OtlpTarget, proxy: ProxySettings) {
  return {
    url,
    timeoutMillis: timeoutMs,
    httpAgentOptions: { keepAlive: true, ...tls, proxyEnv: proxy },
  }
}
