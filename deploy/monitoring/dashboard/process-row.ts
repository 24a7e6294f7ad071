import type { Row } from './panel.ts'
import { ofProcess } from './queries.ts'

export const processRow: Row = {
  title: 'Process',
  panels: [
    {
      title: 'Event loop utilization',
      description: 'The share of time that the event loop was busy. Near 100 %, everything waits.',
      type: 'timeseries',
      unit: 'percent',
      min: 0,
      max: 100,
      queries: [
        {
          expr: `100 * sum by (instance) (rate(${ofProcess('nodejs_eventloop_time_seconds_total', ',nodejs_eventloop_state="active"')}[$__rate_interval])) / sum by (instance) (rate(${ofProcess('nodejs_eventloop_time_seconds_total')}[$__rate_interval]))`,
          legend: '{{instance}}',
        },
      ],
      width: 6,
      height: 8,
    },
    {
      title: 'Event loop delay',
      description:
        'How long callbacks waited for the event loop: the maximum and the 99th percentile over the last one to two minutes.',
      type: 'timeseries',
      unit: 's',
      min: 0,
      queries: [
        {
          expr: ofProcess('nodejs_eventloop_delay_max_seconds'),
          legend: 'max {{instance}}',
        },
        { expr: ofProcess('nodejs_eventloop_delay_p99_seconds'), legend: 'p99 {{instance}}' },
      ],
      width: 6,
      height: 8,
    },
    {
      title: 'Memory',
      description:
        "The process's resident memory, V8's used heap, and the heap limit at which V8 aborts.",
      type: 'timeseries',
      unit: 'bytes',
      min: 0,
      queries: [
        { expr: ofProcess('process_memory_usage_bytes'), legend: 'resident {{instance}}' },
        { expr: ofProcess('v8js_memory_heap_used_bytes'), legend: 'heap {{instance}}' },
        { expr: ofProcess('v8js_memory_heap_limit_bytes'), legend: 'heap limit {{instance}}' },
      ],
      width: 6,
      height: 8,
    },
    {
      title: 'CPU and garbage collection',
      description:
        'CPU cores in use, and the share of time that V8 spent on garbage collection. 1 is one full core.',
      type: 'timeseries',
      unit: 'short',
      min: 0,
      queries: [
        {
          expr: `sum by (instance) (rate(${ofProcess('process_cpu_time_seconds_total')}[$__rate_interval]))`,
          legend: 'CPU {{instance}}',
        },
        {
          expr: `sum by (instance) (rate(${ofProcess('v8js_gc_duration_seconds_sum')}[$__rate_interval]))`,
          legend: 'garbage collection {{instance}}',
        },
      ],
      width: 6,
      height: 8,
    },
  ],
}
