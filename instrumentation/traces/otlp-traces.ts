import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import {
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { withTimeout } from '../../src/time/with-timeout.ts'
import { createTraceOutlet, type TraceOutletOptions } from './span-exporter.ts'
import { readTraceparent } from './trace-parent.ts'
import type { TraceSettings } from './trace-settings.ts'
import { type OpenSpan, silentSpan, type Traces } from './traces.ts'

export interface OtlpTracesOptions extends TraceOutletOptions {
  readonly resource: Resource
  /** The code for anything thrown: one of the closed set, never a message. */
  readonly codeOf: (cause: unknown) => string
}

export interface OtlpTraces extends Traces {
  /** Sends the remaining spans, waiting at most `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>
}

/** The active span. */
interface Current {
  readonly span: Span
  readonly context: Context
  /** The number of spans of its trace in this process. */
  readonly trace: { spanCount: number }
}

/** A sync job after a long outage makes thousands of calls: its trace is cut off here, the job continues. */
const spansPerTraceMax = 500

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT }

/**
 * Traces by OTLP, without global state: the active span is stored here, and a caller's context is read only
 * from `traceparent`. Nothing is propagated to third parties.
 */
export function startOtlpTraces(options: OtlpTracesOptions): OtlpTraces {
  const { resource, target, codeOf } = options
  const outlet = createTraceOutlet(options)
  const provider = new TracerProvider({
    resource,
    sampler: samplerOf(target),
    spanProcessors: [outlet.processor],
    spanLimits: {
      attributeValueLengthLimit: target.limits.valueCharsMax,
      attributeCountLimit: target.limits.attributesMax,
    },
  })
  const tracer = provider.getTracer('countinghouse')
  const current = new AsyncLocalStorage<Current>()

  return {
    isOn: true,
    span: async ({ name, kind, attributes = {}, traceparent }, work) => {
      const parent = current.getStore()
      if (parent?.span.isRecording() === false) return work(silentSpan)
      const ownTrace = parent?.trace ?? { spanCount: 0 }
      if (outlet.isShut() || ownTrace.spanCount >= spansPerTraceMax) return work(silentSpan)
      ownTrace.spanCount += 1
      const around =
        parent?.context ?? readTraceparent(target.continuesCallers ? traceparent : undefined)
      const spanKind = kind === undefined ? SpanKind.INTERNAL : kinds[kind]
      const span = tracer.startSpan(name, { kind: spanKind, attributes: { ...attributes } }, around)
      const open = toOpenSpan(span)
      try {
        const context = trace.setSpan(ROOT_CONTEXT, span)
        return await current.run({ span, context, trace: ownTrace }, () => work(open))
      } catch (cause) {
        open.fail(codeOf(cause))
        throw cause
      } finally {
        span.end()
      }
    },
    ids: () => {
      const context = current.getStore()?.span.spanContext()
      return context === undefined
        ? undefined
        : { traceId: context.traceId, spanId: context.spanId }
    },
    stop: async (timeoutMs) => {
      await withTimeout(
        provider.shutdown().catch(() => undefined),
        timeoutMs,
      )
    },
  }
}

/** For a caller's trace the caller decides, unless the share is one of all traces. */
function samplerOf({ ratio, isParentBased }: TraceSettings) {
  const root = new TraceIdRatioBasedSampler(ratio)
  return isParentBased ? new ParentBasedSampler({ root }) : root
}

function toOpenSpan(span: Span): OpenSpan {
  return {
    set: (attributes) => {
      span.setAttributes({ ...attributes })
    },
    fail: (code) => {
      span.setAttribute('error.type', code)
      span.setStatus({ code: SpanStatusCode.ERROR, message: code })
    },
  }
}
