import type { Recorder } from '../../../instrumentation/business/recorder.ts'
import type { NewDeadLetter } from '../../ledger/dead-letters.ts'
import type { Mode } from '../../ledger/identity.ts'
import type { RefundSource } from '../client/refund-source.ts'
import type { IgnoredReason } from './is-ours.ts'

/** What is needed to read Stripe's objects for this ledger. */
export interface ListedIngestContext {
  readonly recorder: Pick<Recorder, 'hasPlan'>
  readonly ledgerId: string
  readonly mode: Mode
  /** Stores what is needed to retrieve the event or object from Stripe again. */
  readonly keepDeadLetter: (letter: NewDeadLetter) => Promise<void>
  readonly refunds: RefundSource
}

/** What webhooks, sweeps and reconciles share. */
export interface IngestContext extends ListedIngestContext {
  readonly recorder: Recorder
  /** Whether the ledger has a fact with this key. */
  readonly hasFact: (key: string) => Promise<boolean>
  /** The Stripe account whose payments are counted; null while it is not known. */
  readonly readAccount: () => Promise<string | null>
  /** Called for every ignored event; logs each reason once. */
  readonly onIgnored: (reason: IgnoredReason) => void
}
