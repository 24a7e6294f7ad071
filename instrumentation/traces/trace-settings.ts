import type { OtlpTarget } from '../export/otlp-target.ts'

/** What is traced, and where it is sent. */
export interface TraceSettings extends OtlpTarget {
  /** The share of new traces that is exported, from 0 to 1. */
  readonly ratio: number
  /** Whether a caller's decision counts for the caller's trace. */
  readonly isParentBased: boolean
  readonly batches: {
    readonly delayMs: number
    readonly timeoutMs: number
    readonly queueMax: number
    readonly batchMax: number
  }
  readonly limits: {
    readonly valueCharsMax: number
    readonly attributesMax: number
  }
  /** Whether a caller's `traceparent` is continued. */
  readonly continuesCallers: boolean
}
