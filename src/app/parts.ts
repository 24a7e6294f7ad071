import type { Alerter } from '../alerts/alerter.ts'
import type { LiveUpdates } from '../console/live/updates.ts'
import type { LedgerDatabase } from '../database/open.ts'
import type { OpenedExposition } from '../ledger/leader/open-exposition.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import type { FactStreams } from '../ledger/stream/open-streams.ts'
import type { Marketing } from '../marketing/marketing.ts'
import type { AccountLookup } from '../stripe/client/look-up-account.ts'
import type { LastWebhook } from '../stripe/sync/last-webhook.ts'
import type { SyncJobs } from '../stripe/sync/sync-jobs.ts'
import type { RefusedCounts } from '../stripe/webhook/refused-counts.ts'
import type { Counters } from './counters.ts'
import type { Otlp } from './otlp.ts'
import type { GatedServer } from './servers.ts'
import type { OpenedStripe } from './stripe.ts'

/** What a start creates and a stop has to end. */
interface Parts {
  readonly api: GatedServer
  readonly metrics: GatedServer
  readonly database: LedgerDatabase
  readonly stripe: OpenedStripe
  readonly account: AccountLookup
  readonly counters: Counters
  readonly ledger: Ledger
  readonly leader: OpenedExposition
  readonly otlp: Otlp
  readonly syncJobs: SyncJobs
  readonly lastWebhook: LastWebhook
  readonly refusedCounts: RefusedCounts
  readonly marketing: Marketing
  /** Undefined without `ALERT_CHANNEL`. */
  readonly alerts: Alerter | undefined
  readonly readiness: Readiness
  readonly live: LiveUpdates
  readonly factStreams: FactStreams
}

export interface Readiness {
  /** False once the process is stopping. */
  isServing: boolean
}

/** The parts started so far: all of them, unless the start failed. */
export type StartedParts = { -readonly [Name in keyof Parts]?: Parts[Name] }

/** Registers a part as started and returns it. */
export type Keep = <Name extends keyof Parts>(name: Name, part: Parts[Name]) => Parts[Name]
