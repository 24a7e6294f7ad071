/** All attributes of a span: a closed set, so that no id, URL, text or personal data can get into one. */
interface SpanAttributes {
  readonly 'http.request.method'?: string
  /** The route's pattern, never the path. */
  readonly 'http.route'?: string
  readonly 'http.response.status_code'?: number
  /** A code of the closed set of errors, or a channel's outcome of a post. */
  readonly 'error.type'?: string
  readonly 'countinghouse.counter'?: string
  readonly 'countinghouse.outcome'?: string
  readonly 'countinghouse.channel.kind'?: string
}

interface SpanStart {
  /** The operation, always in the same words. */
  readonly name: string
  /** `server`: an incoming request; `client`: an outgoing request; otherwise internal. */
  readonly kind?: 'server' | 'client'
  readonly attributes?: SpanAttributes
  /** The caller's trace in W3C format; used if there is no active span. */
  readonly traceparent?: string | undefined
}

export interface OpenSpan {
  set(attributes: SpanAttributes): void
  /** Marks it as failed, with a code and never a message. */
  fail(code: string): void
}

interface SpanIds {
  readonly traceId: string
  readonly spanId: string
}

/** Spans of running work. Trace headers are never sent to third parties. */
export interface Traces {
  /** False if spans are not exported: then nothing needs to be wrapped. */
  readonly isOn: boolean
  /**
   * Runs `work` immediately within a span: a child of the active span, otherwise the root of a new trace.
   * Settles as `work` does; a rejection marks the span as failed.
   */
  span<T>(start: SpanStart, work: (span: OpenSpan) => Promise<T>): Promise<T>
  /** The active span; undefined outside a trace. */
  ids(): SpanIds | undefined
}

/** A span that is never exported. */
export const silentSpan: OpenSpan = { set: () => undefined, fail: () => undefined }

/** Used if traces are not exported. */
export const noTraces: Traces = {
  isOn: false,
  span: (_, work) => work(silentSpan),
  ids: () => undefined,
}
