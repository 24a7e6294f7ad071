import { createRecorder } from '../../instrumentation/business/recorder.ts'
import type { Traces } from '../../instrumentation/traces/traces.ts'
import type { Config } from '../config/config.ts'
import type { LedgerDatabase } from '../database/open.ts'
import { createDeadLetters } from '../ledger/dead-letters.ts'
import { tieAccount } from '../ledger/identity.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import type { Logger } from '../log.ts'
import type { StripeGateway } from '../stripe/client/gateway.ts'
import { isRefusedByStripe } from '../stripe/client/stripe-error.ts'
import { createSyncJobs, type SyncJobs } from '../stripe/sync/sync-jobs.ts'
import type { SyncState } from '../stripe/sync/sync-state.ts'

export interface SyncJobsParts {
  readonly database: LedgerDatabase
  readonly syncState: SyncState
  readonly ledger: Ledger
  readonly plans: readonly string[]
  readonly gateway: StripeGateway
  readonly isLeader: () => boolean
  readonly now: () => number
  readonly log: Logger
  readonly traces: Traces
  /** Waits; by default in real time. */
  readonly pause: ((waitMs: number, signal: AbortSignal) => Promise<void>) | undefined
}

/** The sync jobs that read Stripe's events and lists into this ledger. They have to be started. */
export function openSyncJobs(config: Config, parts: SyncJobsParts): SyncJobs {
  const { database, syncState, ledger, plans, gateway, isLeader, now, log, traces, pause } = parts
  const { queries } = database
  return createSyncJobs({
    // A sweep reads many facts again: its calls have spans, its commits have none.
    recorder: createRecorder({ record: ledger.record, plans }),
    ledgerId: ledger.identity.ledgerId,
    mode: config.mode,
    genesis: ledger.identity.genesis,
    keepDeadLetter: createDeadLetters(queries, now).keep,
    lists: gateway,
    queries,
    syncState,
    isLeader,
    sweepSchedule: config.sweepSchedule,
    reconcileSchedule: config.reconcileSchedule,
    checkAccount: async () => {
      try {
        await tieAccount(queries, (await gateway.retrieveAccount()).id)
      } catch (cause) {
        if (!isRefusedByStripe(cause)) throw cause
        log.warn('the key may not read its account: whose it is stays unchecked')
      }
    },
    now,
    log,
    traces,
    ...(pause === undefined ? {} : { pause }),
  })
}
