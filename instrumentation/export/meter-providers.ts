import type { Attributes, Meter } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, type MetricReader } from '@opentelemetry/sdk-metrics'
import { type DiagnosticsLevel, routeDiagnostics } from './diagnostics.ts'

export interface TelemetryOptions {
  readonly serviceName: string
  readonly serviceVersion: string
  readonly instanceId: string
  /** The series' own `instance`, the same wherever the ledger's leader runs; undefined if it has none. */
  readonly seriesId: string | undefined
  /** From OTEL_RESOURCE_ATTRIBUTES. */
  readonly resourceAttributes: Readonly<Record<string, string>>
  readonly warn: (message: string, detail: string) => void
  /** What the SDK says about itself and is logged: by default warnings and errors. */
  readonly diagnostics?: DiagnosticsLevel
}

/** A meter and the reader that collects it for the scrape. */
interface MeterGroup {
  readonly meter: Meter
  readonly reader: MetricReader
}

export interface Telemetry {
  /** The three counters. */
  readonly business: MeterGroup
  /** The metrics of the process itself. */
  readonly service: MeterGroup
  /** The identity of this process. */
  readonly resource: Resource
  stop(): Promise<void>
}

/** Attributes, besides the name, that are the same for all replicas and releases of a ledger. */
const sharedAttributes = [
  'service.namespace',
  'deployment.environment.name',
  /** The former name of the same. */
  'deployment.environment',
]

/**
 * Two meter providers, never registered globally: the business counters belong to the ledger, the service's
 * metrics to this process. No resource detectors: they would publish the command line. The business resource
 * has `service.name` and, if given, `service.namespace` and `deployment.environment.name`; with a version or
 * a pod's name, a backend that identifies series by the whole resource would start a new series at each
 * release or change of leader. The process's own resource has all attributes, with a version and an instance of
 * its own unless they are given.
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  routeDiagnostics(options.warn, options.diagnostics)
  const resource = resourceFromAttributes({
    'service.version': options.serviceVersion,
    'service.instance.id': options.instanceId,
    ...options.resourceAttributes,
    'service.name': options.serviceName,
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
