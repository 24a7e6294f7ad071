import type { ComparedTotal } from '../ledger/read/compare-totals.ts'
import type { ReconcileReport } from '../stripe/sync/reconcile-report.ts'
import type { RefusedWebhooks } from '../stripe/sync/refused-webhooks.ts'
import type { AcceptedOutcome, FailedOutcome } from '../stripe/webhook/outcomes.ts'
import type { Health } from './read-health.ts'

/** Whether the numbers can be trusted, and why. */
export interface Trust {
  readonly totals: readonly TrustedTotal[]
  /** Whether the counters equal the committed totals, and whether this process exposes them. */
  readonly canExpose: boolean
  readonly isLeader: boolean
  readonly ledger: TrustedLedger
  readonly health: Health
  readonly reconcile: ReconcileReport | undefined
  readonly webhooks: Webhooks
  readonly findings: readonly Finding[]
}

export interface TrustedTotal extends ComparedTotal {
  /** Whether facts and committed totals are equal, and no counter is above them, while facts may arrive. */
  readonly isRight: boolean
}

interface TrustedLedger {
  readonly seriesId: string
  readonly account: string | null
  /** Instants in milliseconds; null if unknown. */
  readonly genesis: number | null
  readonly generationBeganAt: number
  /** When a process without the lease last read the ledger; null if none has. */
  readonly replicaSeenAt: number | null
}

interface Webhooks {
  /** Since this process started. */
  readonly outcomes: ReadonlyMap<AcceptedOutcome | FailedOutcome, number>
  /** Since the ledger began, by reason, the latest first. */
  readonly refused: readonly AdvisedRefusal[]
}

export interface AdvisedRefusal extends RefusedWebhooks {
  readonly advice: string
}

/** A thing that was checked: good, to be looked at, or to be acted on now. */
export interface Finding {
  readonly name: string
  readonly state: 'good' | 'warn' | 'bad'
  /** What was found, and unless it is good what to do. */
  readonly text: string
}
