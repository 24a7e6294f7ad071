import { createWebhookOutcomes } from '../../instrumentation/process/webhook-outcomes.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import { startLastWebhook } from '../stripe/sync/last-webhook.ts'
import { noteRefusedWebhooks } from '../stripe/sync/refused-webhooks.ts'
import type { SyncState } from '../stripe/sync/sync-state.ts'
import { webhookOutcomes } from '../stripe/webhook/outcomes.ts'
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

/** Counts webhooks by outcome in a metric, and reports refused ones in the ledger and the log. */
export function observeWebhooks(
  keep: Keep,
  { log, now }: AppDependencies,
  { ledger, syncState, telemetry }: WebhookParts,
): WebhookObserver {
  const { queries, time } = ledger
  const lastWebhook = keep('lastWebhook', startLastWebhook(syncState))
  const refused = startRefusedCounts({
    noteRefused: (reason, count) => noteRefusedWebhooks(queries, time.now, reason, count),
    log,
    now,
  })
  const refusedCounts = keep('refusedCounts', refused)
  const count = createWebhookOutcomes(telemetry.service.meter, webhookOutcomes)
  return {
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
