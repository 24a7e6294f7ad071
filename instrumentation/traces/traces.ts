/** All that a span may say: a closed set, so that no id, URL, text or person can get into one. */
interface SpanAttributes {
  readonly 'http.request.method'?: string
  /** The route's pattern, never the path. */
  readonly 'http.route'?: string
  readonly 'http.response.status_code'?: number
  /** A code of the closed set of errors, or what a channel made of a post. */
  readonly 'error.type'?: string
  readonly 'countinghouse.counter'?: string
  readonly 'countinghouse.outcome'?: string
  readonly 'countinghouse.channel.kind'?: string
}

interface SpanStart {
  /** What is done, in words that are the same each time. */
  readonly name: string
  /** `server`: somebody asked us; `client`: we ask somebody; else within the house. */
  readonly kind?: 'server' | 'client'
  readonly attributes?: SpanAttributes
  /** The caller's trace, as W3C writes it; used where no span is under way. */
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
  /** False where no span goes anywhere: then nothing has to be wrapped. */
  readonly isOn: boolean
  /**
   * Runs `work`, at once, within a span: a child of the one under way, else the first of its trace.
   * Settles as `work` does; a rejection marks the span as failed.
   */
  span<T>(start: SpanStart, work: (span: OpenSpan) => Promise<T>): Promise<T>
  /** The span under way; undefined outside a trace. */
  ids(): SpanIds | undefined
}

/** A span that nobody will see. */
export const silentSpan: OpenSpan = { set: () => undefined, fail: () => undefined }

/** Where no traces are exported. */
export const noTraces: Traces = {
  isOn: false,
  span: (_, work) => work(silentSpan),
  ids: () => undefined,
}
