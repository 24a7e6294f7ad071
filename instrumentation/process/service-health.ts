import type { Meter, ObservableGauge } from '@opentelemetry/api'

/** The service's health besides its counters. Instants are in milliseconds, null before the first time. */
export interface ObservedHealth {
  readonly sweptAt: number | null
  readonly reconciledAt: number | null
  readonly driftCount: number
  readonly unknownPostCount: number
  readonly deadLetterCount: number
  readonly webhookAcceptedAt: number | null
  readonly isLeader: boolean
}

interface GaugeRow {
  readonly name: string
  readonly description: string
  /** Undefined while nothing is known. */
  readonly value: (health: ObservedHealth) => number | undefined
}

function toSeconds(instantMs: number | null): number | undefined {
  return instantMs === null ? undefined : instantMs / 1000
}

/** Gauges that let an alert explain why a counter may be late. */
const gauges: readonly GaugeRow[] = [
  {
    name: 'countinghouse_sweep_last_success_timestamp_seconds',
    description: "When Stripe's events were last read to the end.",
    value: ({ sweptAt }) => toSeconds(sweptAt),
  },
  {
    name: 'countinghouse_reconcile_last_success_timestamp_seconds',
    description: "When Stripe's lists were last compared with the ledger.",
    value: ({ reconciledAt }) => toSeconds(reconciledAt),
  },
  {
    name: 'countinghouse_drift_facts',
    description: 'Facts that the last reconcile found missing in the ledger, and recorded.',
    value: ({ driftCount }) => driftCount,
  },
  {
    name: 'countinghouse_unknown_posts',
    description: 'Posts with an unknown outcome: check the channel and resolve them.',
    value: ({ unknownPostCount }) => unknownPostCount,
  },
  {
    name: 'countinghouse_dead_letters',
    description: 'Verified webhooks that could not be processed: open dead letters.',
    value: ({ deadLetterCount }) => deadLetterCount,
  },
  {
    name: 'countinghouse_last_webhook_timestamp_seconds',
    description: 'When a webhook of Stripe was last accepted, to a few seconds.',
    value: ({ webhookAcceptedAt }) => toSeconds(webhookAcceptedAt),
  },
  {
    name: 'countinghouse_is_leader',
    description: 'Whether this process shows the business counters.',
    value: ({ isLeader }) => (isLeader ? 1 : 0),
  },
]

/** Creates the gauges; every scrape calls `read` once. */
export function observeServiceHealth(meter: Meter, read: () => Promise<ObservedHealth>): void {
  const instruments = new Map<GaugeRow, ObservableGauge>(
    gauges.map((row) => [
      row,
      meter.createObservableGauge(row.name, { description: row.description }),
    ]),
  )
  meter.addBatchObservableCallback(
    async (observer) => {
      const health = await read()
      for (const [row, gauge] of instruments) {
        const value = row.value(health)
        if (value !== undefined) observer.observe(gauge, value)
      }
    },
    [...instruments.values()],
  )
}
