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
import { exporterOptions, type ProxySettings } from './exporter-options.ts'
import type { MetricsPush } from './otlp-target.ts'
import { sendInTime } from './send-in-time.ts'

export interface OtlpPushOptions {
  /** A timeout below half a lease, so that even a late request is sent while this process may push. */
  readonly target: MetricsPush
  readonly proxy?: ProxySettings
  readonly exposition: Pick<Exposition, 'expose'>
  readonly business: MetricReader
  readonly service: MetricReader
  readonly series: PushedSeries
  /** Called with the reason when pushing begins to fail, and without one when it works again. */
  readonly onChange: (reason: string | undefined) => void
}

interface PushedSeries {
  /** The series id: the stream's identity, wherever the leader runs. */
  readonly instanceId: string
  /** When the series began, in milliseconds. */
  readonly beganAt: number
}

export interface OtlpPush {
  /** Pushes one last time, waiting at most `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>
}

/** Half a lease: data collected earlier may by now be another process's to push. */
const ageMsMax = 5_000

/**
 * Pushes by OTLP at each interval. Only the leader pushes the business counters: cumulative, with the
 * series' own identity and start time, so that the stream is unbroken across restarts and changes of leader.
 * Each process pushes its own metrics under its own identity. Nothing is queued: the next push carries the
 * current values.
 */
export function startOtlpPush(options: OtlpPushOptions): OtlpPush {
  const { target, exposition, business, service, series, onChange } = options
  const exporter = new OTLPMetricExporter(exporterOptions(target, options.proxy))
  let pushing: Promise<void> | undefined
  let isFailing = false

  const send = (metrics: ResourceMetrics): Promise<void> =>
    new Promise((resolve, reject) => {
      exporter.export(metrics, ({ error }) =>
        error === undefined ? resolve() : reject(new Error(explainExport(error, target.timeoutMs))),
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
  const timer = setInterval(push, target.intervalMs).unref()
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
 * The same points as the ledger's own stream: with its start time, and its identity as
 * `service.instance.id`, which the scrape has as `instance`.
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
