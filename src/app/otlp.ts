import type { Telemetry } from '../../instrumentation/export/meter-providers.ts'
import type { PushedSeries } from '../../instrumentation/export/otlp-metrics.ts'
import { noTraces, type Traces } from '../../instrumentation/traces/traces.ts'
import type { Config } from '../config/config.ts'
import { AppError } from '../errors.ts'
import { pageAgeMsMax } from '../ledger/leader/lease.ts'
import type { Logger } from '../log.ts'

export interface OtlpParts {
  readonly telemetry: Telemetry
  readonly series: PushedSeries
  /** Reads the committed totals and applies them to the counters; answers whether this process is the leader. */
  readonly applyTotals: () => Promise<boolean>
  readonly remember: () => Promise<void>
  readonly log: Logger
}

/** How long the last push may take: a Collector that is down does not hold up a stop. */
const flushTimeoutMs = 2_000

/** Begins to push metrics and traces by OTLP, each where the settings say so, loaded only then. */
export async function startOtlp(
  config: Config,
  parts: OtlpParts,
  stack: AsyncDisposableStack,
): Promise<Traces> {
  const metrics = await openMetrics(config, parts)
  const traces = await openTraces(config, parts)
  stack.defer(async () => {
    await Promise.all([metrics?.stop(flushTimeoutMs), traces?.stop(flushTimeoutMs)])
  })
  return traces ?? noTraces
}

async function openMetrics(
  { otlp }: Config,
  { telemetry, series, applyTotals, remember, log }: OtlpParts,
) {
  if (otlp === undefined) return undefined
  const { startOtlpPush } = await import('../../instrumentation/export/otlp-metrics.ts')
  return startOtlpPush({
    ...otlp,
    applyTotals,
    remember,
    business: telemetry.business.reader,
    service: telemetry.service.reader,
    series,
    pageAgeMsMax,
    onChange: (reason) =>
      reason === undefined
        ? log.info('the metrics are pushed again')
        : log.warn({ reason }, 'the metrics cannot be pushed'),
  })
}

async function openTraces({ traces }: Config, { telemetry, log }: OtlpParts) {
  if (traces === undefined) return undefined
  const { startOtlpTraces } = await import('../../instrumentation/traces/otlp-traces.ts')
  return startOtlpTraces({
    ...traces,
    resource: telemetry.resource,
    codeOf: (cause) => (cause instanceof AppError ? cause.code : 'internal'),
    onChange: (reason) =>
      reason === undefined
        ? log.info('the traces are sent again')
        : log.warn({ reason }, 'the traces cannot be sent'),
    onDropped: () => log.warn('more spans than can be sent: the rest is dropped'),
  })
}
