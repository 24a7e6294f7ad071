import { type Attributes, DiagLogLevel, diag, type Meter } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, type MetricReader } from '@opentelemetry/sdk-metrics'

export interface TelemetryOptions {
  readonly serviceName: string
  readonly serviceVersion: string
  readonly instanceId: string
  /** The series' own `instance`, which stays the same wherever the ledger's voice runs; else none. */
  readonly seriesId: string | undefined
  /** From OTEL_RESOURCE_ATTRIBUTES. */
  readonly resourceAttributes: Readonly<Record<string, string>>
  readonly warn: (message: string, detail: string) => void
}

/** A meter and the reader that collects it for the scrape. */
export interface MeterGroup {
  readonly meter: Meter
  readonly reader: MetricReader
}

export interface Telemetry {
  /** The three counters. */
  readonly business: MeterGroup
  /** What the process says of itself. */
  readonly service: MeterGroup
  /** The identity of this process. */
  readonly resource: Resource
  stop(): Promise<void>
}

/**
 * Two meter providers, made by hand and never global: the business counters belong to the ledger,
 * the service's metrics to this process. No resource detectors: they would publish the command line.
 */
export const startTelemetry = (options: TelemetryOptions): Telemetry => {
  routeDiagnostics(options.warn)
  const resource = resourceFromAttributes({
    ...options.resourceAttributes,
    'service.name': options.serviceName,
    'service.version': options.serviceVersion,
    'service.instance.id': options.instanceId,
  })
  const createGroup = (attributes: Attributes) => {
    const reader = new PrometheusExporter({ preventServerStart: true })
    const own = resource.merge(resourceFromAttributes(attributes))
    const provider = new MeterProvider({ resource: own, readers: [reader] })
    return { reader, provider, meter: provider.getMeter('countinghouse') }
  }
  const { seriesId } = options
  const business = createGroup(seriesId === undefined ? {} : { instance: seriesId })
  const service = createGroup({})
  return {
    business,
    service,
    resource,
    stop: async () => {
      await Promise.all([business.provider.shutdown(), service.provider.shutdown()])
    },
  }
}

/** Without a logger the SDK swallows its own failures. */
const routeDiagnostics = (warn: TelemetryOptions['warn']): void => {
  const report = (message: string, ...detail: unknown[]) =>
    warn(`OpenTelemetry: ${message}`, detail.map(String).join(' '))
  const ignore = () => undefined
  diag.setLogger(
    { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}
