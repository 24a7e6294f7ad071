import type { Attributes, HrTime } from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  DataPointType,
  type MetricData,
  type MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Exposition } from '../../src/ledger/leader/exposition.ts'
import { withTimeout } from '../../src/time/with-timeout.ts'
import { explainExport } from './diagnostics.ts'
import { sendInTime } from './send-in-time.ts'

export interface OtlpPushOptions {
  /** Where metrics are posted: the whole URL, ending in /v1/metrics. */
  readonly url: string
  readonly intervalMs: number
  readonly exposition: Pick<Exposition, 'expose'>
  readonly business: MetricReader
  readonly service: MetricReader
  readonly series: PushedSeries
  /** Told when pushing begins to fail, with the reason, and when it works again, without. */
  readonly onChange: (reason: string | undefined) => void
}

interface PushedSeries {
  /** The series id: the stream's identity, wherever the leader runs. */
  readonly instanceId: string
  /** When the series began, in milliseconds. */
  readonly beganAt: number
}

export interface OtlpPush {
  /** Pushes a last time, waiting `timeoutMs` at most. */
  stop(timeoutMs: number): Promise<void>
}

/** Below half a lease, so that what is sent late is still this process's to send. */
const exportTimeoutMs = 4_000
/** Half a lease: what was collected longer ago may be another process's to push by now. */
const ageMsMax = 5_000

/**
 * Pushes by OTLP every `intervalMs`: the business counters by the leader alone, cumulative, with the
 * series' own identity and beginning, so that restarts and changes of leader are one unbroken stream; the
 * process's own metrics under its own identity. Nothing is queued: the next push carries the truth.
 */
export function startOtlpPush(options: OtlpPushOptions): OtlpPush {
  const { url, intervalMs, exposition, business, service, series, onChange } = options
  const exporter = new OTLPMetricExporter({ url, timeoutMillis: exportTimeoutMs })
  let pushing: Promise<void> | undefined
  let isFailing = false

  const send = (metrics: ResourceMetrics): Promise<void> =>
    new Promise((resolve, reject) => {
      exporter.export(metrics, ({ error }) =>
        error === undefined ? resolve() : reject(new Error(explainExport(error))),
      )
    })

  const pushAll = async (): Promise<void> => {
    const collectedAt = performance.now()
    const isLate = () => performance.now() - collectedAt > ageMsMax
    const metrics = await exposition.expose(async (role) =>
      role === 'leader' ? asSeries(await collect(business), series) : undefined,
    )
    if (metrics !== undefined) await sendInTime(isLate, () => send(metrics))
    await send(await collect(service))
  }

  const push = (): Promise<void> => {
    pushing ??= pushAll()
      .then(
        () => report(undefined),
        (cause: unknown) => report(cause instanceof Error ? cause.message : String(cause)),
      )
      .finally(() => {
        pushing = undefined
      })
    return pushing
  }

  const report = (reason: string | undefined): void => {
    const fails = reason !== undefined
    if (fails !== isFailing) onChange(reason)
    isFailing = fails
  }

  const pushLast = async (): Promise<void> => {
    await pushing
    await push()
    await exporter.shutdown()
  }

  void push()
  const timer = setInterval(push, intervalMs).unref()
  return {
    stop: async (timeoutMs) => {
      clearInterval(timer)
      await withTimeout(pushLast(), timeoutMs)
    },
  }
}

async function collect(reader: MetricReader): Promise<ResourceMetrics> {
  const { resourceMetrics, errors } = await reader.collect()
  if (errors.length > 0) throw new Error(`collecting failed: ${errors.map(String).join('; ')}`)
  return resourceMetrics
}

/**
 * The same points as the ledger's own stream: the instant at which it began, and its identity as
 * `service.instance.id`, where the scrape has it as `instance`.
 */
function asSeries(metrics: ResourceMetrics, series: PushedSeries): ResourceMetrics {
  const startTime = toHrTime(series.beganAt)
  const fromBeginning = (metric: MetricData): MetricData =>
    metric.dataPointType === DataPointType.SUM
      ? { ...metric, dataPoints: metric.dataPoints.map((point) => ({ ...point, startTime })) }
      : metric
  return {
    resource: withInstance(metrics.resource, series.instanceId),
    scopeMetrics: metrics.scopeMetrics.map(({ scope, metrics: all }) => ({
      scope,
      metrics: all.map(fromBeginning),
    })),
  }
}

function withInstance(resource: Resource, instanceId: string): Resource {
  const { instance: _, ...attributes }: Attributes = resource.attributes
  return resourceFromAttributes({ ...attributes, 'service.instance.id': instanceId })
}

function toHrTime(instantMs: number): HrTime {
  return [Math.floor(instantMs / 1000), (instantMs % 1000) * 1_000_000]
}
