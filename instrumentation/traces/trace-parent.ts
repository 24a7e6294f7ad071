import { type Context, isSpanContextValid, ROOT_CONTEXT, trace } from '@opentelemetry/api'

/** Version 00 has four fields; a later version may append more. */
const traceparentFormat = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/

/**
 * The context of the caller's span, by its `traceparent` header; the root context if there is none or it is invalid.
 * See https://www.w3.org/TR/trace-context/#traceparent-header.
 */
export function readTraceparent(traceparent: string | undefined): Context {
  const [, version, traceId, spanId, flags, rest] = traceparentFormat.exec(traceparent ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT
  if (version === '00' && rest !== undefined) return ROOT_CONTEXT
  const traceFlags = Number.parseInt(flags, 16)
  const spanContext = { traceId, spanId, traceFlags, isRemote: true }
  return isSpanContextValid(spanContext)
    ? trace.setSpanContext(ROOT_CONTEXT, spanContext)
    : ROOT_CONTEXT
}
