import { TraceFlags } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace'
import { explainExport } from '../export/diagnostics.ts'
import { exporterOptions, type ProxySettings } from '../export/exporter-options.ts'
import type { TraceSettings } from './trace-settings.ts'

export interface TraceOutletOptions {
  readonly target: TraceSettings
  readonly proxy?: ProxySettings
  /** Called with the reason when sending begins to fail, and without one when it works again. */
  readonly onChange: (reason: string | undefined) => void
  /** Called at most once a minute when spans are created faster than they can be sent. */
  readonly onDropped: () => void
}

type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0]

export interface TraceOutlet {
  readonly processor: SpanProcessor
  /** Whether the receiver rejected traces as unsupported: then none need to be created. */
  readonly isShut: () => boolean
}

/** OpenTelemetry's `ExportResultCode.SUCCESS`. */
const exportSucceeded = 0

const tellDroppedEveryMs = 60_000
const askAgainAfterMs = 600_000

/** The status codes of a receiver that accepts only metrics. */
const refusals: ReadonlySet<unknown> = new Set([404, 405, 415, 501])

/**
 * Exports spans in batches; at most `queueMax` wait, the rest are dropped. A receiver that accepts no traces
 * is not contacted for ten minutes, an unavailable one is retried; either is reported once.
 */
export function createTraceOutlet(options: TraceOutletOptions): TraceOutlet {
  const { target, onChange, onDropped } = options
  const exporter = new OTLPTraceExporter(exporterOptions(target, options.proxy))
  let pending = 0
  let isFailing = false
  let shutUntil = 0
  let toldDroppedAt = Number.NEGATIVE_INFINITY

  const isShut = (): boolean => performance.now() < shutUntil

  const note = ({ code, error }: ExportResult): void => {
    const works = code === exportSucceeded
    const status = error !== undefined && 'code' in error ? error.code : undefined
    if (refusals.has(status)) shutUntil = performance.now() + askAgainAfterMs
    if (works === isFailing) onChange(works ? undefined : explain(error, status, target.timeoutMs))
    isFailing = !works
  }

  // Success is reported to the batch processor, which would log every single failure.
  const quietExporter: SpanExporter = {
    export: (spans, done) => {
      const end = (): void => {
        pending -= spans.length
        done({ code: exportSucceeded })
      }
      if (isShut()) return end()
      exporter.export(spans, (result) => {
        note(result)
        end()
      })
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  }
  const batches = batchSpans(quietExporter, target)

  const tellDropped = (): void => {
    const now = performance.now()
    if (isFailing || now - toldDroppedAt < tellDroppedEveryMs) return
    toldDroppedAt = now
    onDropped()
  }

  return {
    isShut,
    processor: {
      onStart: () => undefined,
      onEnd: (span) => {
        if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return
        if (pending >= target.batches.queueMax) return tellDropped()
        pending += 1
        batches.onEnd(span)
      },
      forceFlush: () => batches.forceFlush(),
      shutdown: () => batches.shutdown(),
    },
  }
}

function batchSpans(exporter: SpanExporter, { batches }: TraceSettings): BatchSpanProcessor {
  return new BatchSpanProcessor({
    exporter,
    maxQueueSize: batches.queueMax,
    maxExportBatchSize: batches.batchMax,
    scheduledDelayMillis: batches.delayMs,
    exportTimeoutMillis: batches.timeoutMs,
  })
}

function explain(error: Error | undefined, status: unknown, timeoutMs: number): string {
  if (refusals.has(status)) return `the receiver takes no traces (${String(status)})`
  return error === undefined ? 'no reason was given' : explainExport(error, timeoutMs)
}
