import { createRecorder } from '../../instrumentation/business/recorder.ts'
import { tieAccount } from '../ledger/identity.ts'
import { refuseOtherAccount } from '../stripe/client/named-account.ts'
import type { StripeClock } from '../stripe/client/stripe-clock.ts'
import { isRefusedByStripe } from '../stripe/client/stripe-error.ts'
import { createSyncJobs, type SyncJobs } from '../stripe/sync/sync-jobs.ts'
import type { SyncState } from '../stripe/sync/sync-state.ts'
import type { Core } from './core.ts'
import type { AppDependencies } from './dependencies.ts'

export interface SyncParts {
  readonly syncState: SyncState
  /** Every plan of the contract. */
  readonly plans: readonly string[]
  readonly stripeClock: StripeClock
}

/** Creates the sync jobs, which read Stripe's events and lists into this ledger, without starting them. */
export function openSyncJobs(
  core: Core,
  { pause }: AppDependencies,
  { syncState, plans, stripeClock }: SyncParts,
): SyncJobs {
  const { config, ledger, exposition, ingest, gateway, traces, log, now } = core
  return createSyncJobs({
    work: {
      ingest: {
        ...ingest,
        // A sweep reads many known facts: its calls have spans, its commits do not.
        recorder: createRecorder({ record: ledger.record, plans }),
      },
      lists: gateway,
      queries: ledger.queries,
      syncState,
      readGenesis: ledger.identity.genesis.require,
      stripeClock,
      now,
      log,
    },
    isLeader: exposition.isLeader,
    schedules: { sweep: config.sweepSchedule, reconcile: config.reconcileSchedule },
    checkAccount: () => checkAccount(core),
    log,
    traces,
    ...(pause === undefined ? {} : { pause }),
  })
}

async function checkAccount({ config, ledger, gateway, log }: Core): Promise<void> {
  try {
    const { id } = await gateway.retrieveAccount()
    refuseOtherAccount(id, config.stripe.account)
    await tieAccount(ledger.queries, id)
  } catch (cause) {
    if (!isRefusedByStripe(cause)) throw cause
    log.warn(
      'the key may not read its account: it is not checked that the ledger is of that account; name it in STRIPE_ACCOUNT',
    )
  }
}
