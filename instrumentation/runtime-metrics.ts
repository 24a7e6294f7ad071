import {
  constants,
  type EventLoopUtilization,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks'
import { getHeapStatistics, type HeapInfo } from 'node:v8'
import type { Attributes, Meter } from '@opentelemetry/api'

/** What Node and V8 say of this process at one moment. Milliseconds, bytes, microseconds of CPU. */
interface RuntimeReading {
  readonly loop: EventLoopUtilization
  /** Since the reading before. */
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly heap: HeapInfo
  readonly residentBytes: number
  readonly cpu: NodeJS.CpuUsage
  readonly uptimeSeconds: number
}

type Observation = readonly [value: number, attributes?: Attributes]

interface RuntimeRow {
  readonly name: string
  readonly description: string
  readonly unit: 's' | 'By'
  readonly kind: 'ObservableGauge' | 'ObservableCounter' | 'ObservableUpDownCounter'
  readonly observe: (reading: RuntimeReading) => readonly Observation[]
}

const seconds = (milliseconds: number): number => milliseconds / 1_000

/**
 * By OpenTelemetry's semantic conventions for Node, V8 and processes, in the spelling that Prometheus
 * gives them, units included: so a scrape and an OTLP receiver call them the same.
 */
const rows: readonly RuntimeRow[] = [
  {
    name: 'nodejs_eventloop_time_seconds_total',
    description: 'How long the event loop has been active and idle.',
    unit: 's',
    kind: 'ObservableCounter',
    observe: ({ loop }) => [
      [seconds(loop.active), { 'nodejs.eventloop.state': 'active' }],
      [seconds(loop.idle), { 'nodejs.eventloop.state': 'idle' }],
    ],
  },
  {
    name: 'nodejs_eventloop_delay_p50_seconds',
    description: 'Median delay by a turn of the event loop since the last reading.',
    unit: 's',
    kind: 'ObservableGauge',
    observe: ({ delayMs }) => [[seconds(delayMs.p50)]],
  },
  {
    name: 'nodejs_eventloop_delay_p99_seconds',
    description: '99th percentile of the delay by a turn of the event loop since the last reading.',
    unit: 's',
    kind: 'ObservableGauge',
    observe: ({ delayMs }) => [[seconds(delayMs.p99)]],
  },
  {
    name: 'nodejs_eventloop_delay_max_seconds',
    description: 'Longest delay by a turn of the event loop since the last reading.',
    unit: 's',
    kind: 'ObservableGauge',
    observe: ({ delayMs }) => [[seconds(delayMs.max)]],
  },
  {
    name: 'v8js_memory_heap_used_bytes',
    description: "How much of V8's heap is in use.",
    unit: 'By',
    kind: 'ObservableUpDownCounter',
    observe: ({ heap }) => [[heap.used_heap_size]],
  },
  {
    name: 'v8js_memory_heap_limit_bytes',
    description: "How large V8's heap may become.",
    unit: 'By',
    kind: 'ObservableUpDownCounter',
    observe: ({ heap }) => [[heap.heap_size_limit]],
  },
  {
    name: 'process_memory_usage_bytes',
    description: 'Resident memory of the process.',
    unit: 'By',
    kind: 'ObservableUpDownCounter',
    observe: ({ residentBytes }) => [[residentBytes]],
  },
  {
    name: 'process_cpu_time_seconds_total',
    description: 'CPU time that the process has used.',
    unit: 's',
    kind: 'ObservableCounter',
    observe: ({ cpu }) => [
      [cpu.user / 1_000_000, { 'cpu.mode': 'user' }],
      [cpu.system / 1_000_000, { 'cpu.mode': 'system' }],
    ],
  },
  {
    name: 'process_uptime_seconds',
    description: 'How long the process has been running.',
    unit: 's',
    kind: 'ObservableGauge',
    observe: ({ uptimeSeconds }) => [[uptimeSeconds]],
  },
]

/** V8's kinds of collection by the names of the conventions. */
const gcTypes: ReadonlyMap<unknown, Attributes> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, { 'v8js.gc.type': 'major' }],
  [constants.NODE_PERFORMANCE_GC_MINOR, { 'v8js.gc.type': 'minor' }],
  [constants.NODE_PERFORMANCE_GC_MINOR_MARK_SWEEP, { 'v8js.gc.type': 'minor' }],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, { 'v8js.gc.type': 'incremental' }],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, { 'v8js.gc.type': 'weakcb' }],
])
const gcBucketsSeconds = [0.001, 0.01, 0.1, 1, 10]

/** Publishes what Node says of itself; nothing is sampled by a timer. The returned function stops it. */
export const observeRuntime = (meter: Meter): (() => void) => {
  const delay = monitorEventLoopDelay({ samplePerIteration: true })
  delay.enable()
  const stopGc = observeGc(meter)

  const read = (): RuntimeReading => {
    const ms = (nanoseconds: number): number => nanoseconds / 1_000_000
    const delayMs = {
      p50: ms(delay.percentile(50)),
      p99: ms(delay.percentile(99)),
      max: ms(delay.max),
    }
    delay.reset()
    return {
      loop: performance.eventLoopUtilization(),
      delayMs,
      heap: getHeapStatistics(),
      residentBytes: process.memoryUsage.rss(),
      cpu: process.cpuUsage(),
      uptimeSeconds: process.uptime(),
    }
  }

  const instruments = rows.map(({ name, description, unit, kind, observe }) => ({
    instrument: meter[`create${kind}`](name, { description, unit }),
    observe,
  }))
  meter.addBatchObservableCallback(
    (observer) => {
      const reading = read()
      for (const { instrument, observe } of instruments)
        for (const [value, attributes] of observe(reading))
          observer.observe(instrument, value, attributes)
    },
    instruments.map(({ instrument }) => instrument),
  )
  return () => {
    delay.disable()
    stopGc()
  }
}

const observeGc = (meter: Meter): (() => void) => {
  const duration = meter.createHistogram('v8js_gc_duration_seconds', {
    description: 'Duration of garbage collections.',
    unit: 's',
    advice: { explicitBucketBoundaries: gcBucketsSeconds },
  })
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const type = gcTypes.get(gcKindOf(entry))
      if (type !== undefined) duration.record(seconds(entry.duration), type)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}

const gcKindOf = (entry: PerformanceEntry): unknown => {
  const detail = 'detail' in entry ? entry.detail : undefined
  return typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : undefined
}
