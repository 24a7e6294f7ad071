import { createOutcomeCounter } from '../../instrumentation/process/outcome-counter.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import { startLastWebhook } from '../stripe/sync/last-webhook.ts'
import { noteRefusedWebhooks } from '../stripe/sync/refused-webhooks.ts'
import type { SyncState } from '../stripe/sync/sync-state.ts'
import {
  type AcceptedOutcome,
  type FailedOutcome,
  webhookOutcomes,
} from '../stripe/webhook/outcomes.ts'
import { startRefusedCounts } from '../stripe/webhook/refused-counts.ts'
import type { WebhookObserver } from '../stripe/webhook/routes.ts'
import type { Counters } from './counters.ts'
import type { AppDependencies } from './dependencies.ts'
import type { Keep } from './parts.ts'

export interface WebhookParts {
  readonly ledger: Pick<Ledger, 'queries' | 'time'>
  readonly syncState: SyncState
  readonly telemetry: Counters['telemetry']
}

export interface ObservedWebhooks extends WebhookObserver {
  /** How many webhooks had each outcome since this process started. */
  readonly readOutcomes: () => ReadonlyMap<AcceptedOutcome | FailedOutcome, number>
}

/** Counts webhooks by outcome in a metric, and reports refused ones in the ledger and the log. */
export function observeWebhooks(
  keep: Keep,
  { log, now }: AppDependencies,
  { ledger, syncState, telemetry }: WebhookParts,
): ObservedWebhooks {
  const { queries, time } = ledger
  const lastWebhook = keep('lastWebhook', startLastWebhook(syncState))
  const refused = startRefusedCounts({
    noteRefused: (reason, count) => noteRefusedWebhooks(queries, time.now, reason, count),
    log,
    now,
  })
  const refusedCounts = keep('refusedCounts', refused)
  const countInMetric = createOutcomeCounter(telemetry.service.meter, {
    name: 'countinghouse_webhooks_total',
    description: "Requests to Stripe's webhook address, by what became of them.",
    outcomes: webhookOutcomes,
  })
  const outcomes = new Map<AcceptedOutcome | FailedOutcome, number>()
  const count = (outcome: AcceptedOutcome | FailedOutcome): void => {
    countInMetric(outcome)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  return {
    readOutcomes: () => outcomes,
    onAccepted: (outcome) => {
      lastWebhook.tick()
      count(outcome)
    },
    onFailed: (outcome, advice) => {
      count(outcome)
      if (outcome !== 'not_recorded') refusedCounts.report(outcome, advice)
    },
  }
}
