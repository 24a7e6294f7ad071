import type { MetricsPush, OtlpTarget } from '../../../instrumentation/export/otlp-target.ts'
import { readTarget } from './otlp-target.ts'
import type { VariableReader } from './read-variables.ts'

interface MetricsSettings {
  /** Why `/metrics` is switched off; undefined if it is on. */
  readonly scrapeOffReason: string | undefined
  /** Undefined if nothing is pushed. */
  readonly push: MetricsPush | undefined
}

const exporterName = 'OTEL_METRICS_EXPORTER'

/** How metrics are exported: without a choice by scrape, and by push if there is an endpoint. */
export function readMetrics(
  reader: VariableReader,
  refuse: (problem: string) => void,
  isDisabled: boolean,
): MetricsSettings {
  const chosen = reader.list(
    exporterName,
    ['prometheus', 'otlp', 'none'],
    'the rest of the list is ignored',
  )
  const isAskedFor = chosen?.includes('otlp') === true
  const isOn = !isDisabled && (isAskedFor || chosen === undefined)
  const target = readTarget(reader, { signal: 'METRICS', isOn, isAskedFor, refuse })
  const push = readPush(reader, target)
  warnOfFixed(reader)
  if (isDisabled)
    return { scrapeOffReason: 'OTEL_SDK_DISABLED=true switches metrics off', push: undefined }
  const isScraped = chosen === undefined || chosen.includes('prometheus')
  return {
    scrapeOffReason: isScraped ? undefined : `${exporterName} does not list prometheus`,
    push,
  }
}

/** A push of the business counters ends well before the leader's lease does. */
const pushTimeoutMsMax = 4_000

function readPush(reader: VariableReader, target: OtlpTarget | undefined): MetricsPush | undefined {
  const exportTimeoutMs = reader.integer('OTEL_METRIC_EXPORT_TIMEOUT', 30_000, 1)
  const intervalMs = reader.integer('OTEL_METRIC_EXPORT_INTERVAL', 60_000, 10)
  if (target === undefined) return undefined
  const askedMs = Math.min(target.timeoutMs, exportTimeoutMs)
  if (isTimeoutSet(reader) && askedMs > pushTimeoutMsMax)
    reader.warn(
      `OTEL_EXPORTER_OTLP_TIMEOUT: a push of metrics ends after ${pushTimeoutMsMax} ms, because another process may lead and push after that`,
    )
  return { ...target, intervalMs, timeoutMs: Math.min(askedMs, pushTimeoutMsMax) }
}

function isTimeoutSet(reader: VariableReader): boolean {
  return ['OTEL_EXPORTER_OTLP_TIMEOUT', 'OTEL_EXPORTER_OTLP_METRICS_TIMEOUT'].some((name) =>
    /^\d+$/.test(reader.text(name) ?? ''),
  )
}

/** Choices of the specification that this service does not leave open. */
function warnOfFixed(reader: VariableReader): void {
  reader.choice(
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    ['cumulative'],
    'sums are pushed as cumulative all the same, so that no counter loses what a push lost',
  )
  reader.choice(
    'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
    ['explicit_bucket_histogram'],
    'histograms have explicit buckets all the same',
  )
  reader.choice('OTEL_METRICS_EXEMPLAR_FILTER', ['always_off'], 'no exemplars are exported')
}
