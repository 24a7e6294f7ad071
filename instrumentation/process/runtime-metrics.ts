import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import { getHeapStatistics, type HeapInfo } from 'node:v8'
import type { Attributes, Meter } from '@opentelemetry/api'
import { observeGc } from './gc-duration.ts'
import { type LoopDelay, startLoopDelayMeter } from './loop-delay.ts'

/** A snapshot of Node's and V8's measurements of this process. */
interface RuntimeReading {
  readonly loop: EventLoopUtilization
  /** Over the last minutes. */
  readonly delay: LoopDelay
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

function seconds(milliseconds: number): number {
  return milliseconds / 1_000
}

/**
 * Named by OpenTelemetry's semantic conventions for Node, V8 and processes, in Prometheus spelling including
 * units, so that the names are the same for a scrape and an OTLP receiver.
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
    description: 'How late timers came, in the median, over the last one to two minutes.',
    unit: 's',
    kind: 'ObservableGauge',
    observe: ({ delay }) => [[delay.p50]],
  },
  {
    name: 'nodejs_eventloop_delay_p99_seconds',
    description: 'How late timers came, 99th percentile, over the last one to two minutes.',
    unit: 's',
    kind: 'ObservableGauge',
    observe: ({ delay }) => [[delay.p99]],
  },
  {
    name: 'nodejs_eventloop_delay_max_seconds',
    description: 'How late timers came at most, over the last one to two minutes.',
    unit: 's',
    kind: 'ObservableGauge',
    observe: ({ delay }) => [[delay.max]],
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

/** Publishes Node's runtime metrics. The returned function stops the measurements. */
export function observeRuntime(meter: Meter): () => void {
  const delayMeter = startLoopDelayMeter(() => performance.now())
  const stopGc = observeGc(meter)

  const read = (): RuntimeReading => ({
    loop: performance.eventLoopUtilization(),
    delay: delayMeter.read(),
    heap: getHeapStatistics(),
    residentBytes: process.memoryUsage.rss(),
    cpu: process.cpuUsage(),
    uptimeSeconds: process.uptime(),
  })

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
    delayMeter.stop()
    stopGc()
  }
}
