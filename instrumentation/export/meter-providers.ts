import type { Attributes, Meter } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, type MetricReader } from '@opentelemetry/sdk-metrics'
import { routeDiagnostics } from './diagnostics.ts'

export interface TelemetryOptions {
  readonly serviceName: string
  readonly serviceVersion: string
  readonly instanceId: string
  /** The series' own `instance`, which stays the same wherever the ledger's leader runs; else none. */
  readonly seriesId: string | undefined
  /** From OTEL_RESOURCE_ATTRIBUTES. */
  readonly resourceAttributes: Readonly<Record<string, string>>
  readonly warn: (message: string, detail: string) => void
}

/** A meter and the reader that collects it for the scrape. */
interface MeterGroup {
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

/** What is the same for all replicas and releases of a ledger, besides its name. */
const sharedAttributes = ['service.namespace', 'deployment.environment.name']

/**
 * Two meter providers, made by hand and never global: the business counters belong to the ledger,
 * the service's metrics to this process. No resource detectors: they would publish the command line.
 * The business resource has `service.name` and, where they are given, `service.namespace` and
 * `deployment.environment.name`; a version or a pod's name would be another series at each release or
 * hand-over where a backend goes by the whole resource. The process's own has everything.
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  routeDiagnostics(options.warn)
  const resource = resourceFromAttributes({
    ...options.resourceAttributes,
    'service.name': options.serviceName,
    'service.version': options.serviceVersion,
    'service.instance.id': options.instanceId,
  })
  const business = createGroup(resourceFromAttributes(businessAttributes(options)))
  const service = createGroup(resource)
  return {
    business,
    service,
    resource,
    stop: async () => {
      await Promise.all([business.provider.shutdown(), service.provider.shutdown()])
    },
  }
}

function createGroup(resource: Resource) {
  const reader = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ resource, readers: [reader] })
  return { reader, provider, meter: provider.getMeter('countinghouse') }
}

function businessAttributes(options: TelemetryOptions): Attributes {
  const { serviceName, seriesId, resourceAttributes } = options
  const shared = Object.entries(resourceAttributes).filter(([key]) =>
    sharedAttributes.includes(key),
  )
  const instance = seriesId === undefined ? {} : { instance: seriesId }
  return { ...Object.fromEntries(shared), 'service.name': serviceName, ...instance }
}
