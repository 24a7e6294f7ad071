import type { Telemetry } from '../../instrumentation/export/meter-providers.ts'
import { noTraces, type Traces } from '../../instrumentation/traces/traces.ts'
import type { Config } from '../config/config.ts'
import { AppError } from '../errors.ts'
import type { Exposition } from '../ledger/leader/exposition.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import type { Logger } from '../log.ts'

export interface Otlp {
  /** No-ops if no traces are exported. */
  readonly traces: Traces
  /** Pushes metrics and traces once more, within `timeoutMs` and at most two seconds. */
  readonly stop: (timeoutMs: number) => Promise<void>
}

export interface OtlpParts {
  readonly telemetry: Telemetry
  readonly ledger: Ledger
  readonly exposition: Exposition
  readonly log: Logger
}

/** How long the last push may take, so that an unavailable Collector does not delay a stop. */
const flushTimeoutMs = 2_000

/** Starts pushing metrics and traces by OTLP as configured; the exporters are loaded only then. */
export async function startOtlp(config: Config, parts: OtlpParts): Promise<Otlp> {
  const metrics = await openMetrics(config, parts)
  const traces = await openTraces(config, parts)
  return {
    traces: traces ?? noTraces,
    stop: async (timeoutMs) => {
      const flushMs = Math.min(timeoutMs, flushTimeoutMs)
      await Promise.all([metrics?.stop(flushMs), traces?.stop(flushMs)])
    },
  }
}

async function openMetrics(
  { otlp, proxy }: Config,
  { telemetry, ledger, exposition, log }: OtlpParts,
) {
  if (otlp === undefined) return undefined
  const { seriesId, generationBeganAt } = ledger.identity
  const { startOtlpPush } = await import('../../instrumentation/export/otlp-metrics.ts')
  return startOtlpPush({
    target: otlp,
    proxy,
    exposition,
    business: telemetry.business.reader,
    service: telemetry.service.reader,
    series: { instanceId: seriesId, beganAt: generationBeganAt },
    onChange: (reason) =>
      reason === undefined
        ? log.info('the metrics are pushed again')
        : log.warn({ reason }, 'the metrics cannot be pushed'),
  })
}

async function openTraces({ traces, proxy }: Config, { telemetry, log }: OtlpParts) {
  if (traces === undefined) return undefined
  const { startOtlpTraces } = await import('../../instrumentation/traces/otlp-traces.ts')
  return startOtlpTraces({
    target: traces,
    proxy,
    resource: telemetry.resource,
    codeOf: (cause) => (cause instanceof AppError ? cause.code : 'internal'),
    onChange: (reason) =>
      reason === undefined
        ? log.info('the traces are sent again')
        : log.warn({ reason }, 'the traces cannot be sent'),
    onDropped: () => log.warn('more spans than can be sent: the rest is dropped'),
  })
}
