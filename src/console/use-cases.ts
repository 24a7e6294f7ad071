import type { Trust } from '../health/trust.ts'
import type { DeadLetter, DeadLetters } from '../ledger/dead-letters.ts'
import type { Mode } from '../ledger/identity.ts'
import type { ReadFacts } from '../ledger/read/facts.ts'
import type { StatsRange, StatsSeries } from '../ledger/read/stats.ts'
import type { MarketingVerbs } from '../marketing/api/routes.ts'
import type { LiveState } from './live/updates.ts'

/** The use cases behind the pages: the same as behind the API. The app passes them in. */
export interface ConsoleUseCases {
  readonly service: ServiceFacts
  readonly readLiveState: () => Promise<LiveState>
  /** At most a second old. */
  readonly readTrust: () => Promise<VersionedTrust>
  /** Facts by interval, from the hourly sums. */
  readonly readStats: (range: StatsRange) => Promise<readonly StatsSeries[]>
  readonly readFacts: ReadFacts
  readonly deadLetters: ConsoleDeadLetters
  readonly marketing: MarketingVerbs
  /** Undefined with a Stripe key. */
  readonly tryIt: TryIt | undefined
}

interface VersionedTrust extends Trust {
  /** The version of the live state at which it was read. */
  readonly version: string
}

/** What does not change while the process runs. */
export interface ServiceFacts {
  readonly mode: Mode
  readonly ledgerId: string
  readonly version: string
  /** Every plan of the contract. */
  readonly plans: readonly string[]
  /** The channels that are configured. */
  readonly channels: readonly string[]
  /** False if no key is configured: nobody has to sign in. */
  readonly needsKey: boolean
}

interface ConsoleDeadLetters extends Pick<DeadLetters, 'find' | 'list' | 'dismiss'> {
  /** Retrieves it from Stripe again and records it; resolves with the outcome, a code of the API. */
  readonly replay: (letter: DeadLetter) => Promise<string>
}

/** Starts checkouts in the emulator. */
export interface TryIt {
  readonly shopUrl: string
  readonly plans: readonly string[]
  /** Resolves with the address of the pay page, after the commit. */
  readonly startCheckout: (plan: string, keyId: string) => Promise<string>
}
