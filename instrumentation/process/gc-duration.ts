import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import type { Attributes, Meter } from '@opentelemetry/api'

/** V8's garbage collection types by their names in the semantic conventions. */
const gcTypes: ReadonlyMap<unknown, Attributes> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, { 'v8js.gc.type': 'major' }],
  [constants.NODE_PERFORMANCE_GC_MINOR, { 'v8js.gc.type': 'minor' }],
  [constants.NODE_PERFORMANCE_GC_MINOR_MARK_SWEEP, { 'v8js.gc.type': 'minor' }],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, { 'v8js.gc.type': 'incremental' }],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, { 'v8js.gc.type': 'weakcb' }],
])
const gcBucketsSeconds = [0.001, 0.01, 0.1, 1, 10]

/** Publishes the duration of V8's garbage collections. The returned function stops it. */
export function observeGc(meter: Meter): () => void {
  const duration = meter.createHistogram('v8js_gc_duration_seconds', {
    description: 'Duration of garbage collections.',
    unit: 's',
    advice: { explicitBucketBoundaries: gcBucketsSeconds },
  })
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const type = gcTypes.get(gcKindOf(entry))
      if (type !== undefined) duration.record(entry.duration / 1_000, type)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}

function gcKindOf(entry: PerformanceEntry): unknown {
  const detail = 'detail' in entry ? entry.detail : undefined
  return typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : undefined
}
