import type { AlertLimits } from '../alerts/alerter.ts'
import type { Logger } from '../log.ts'
import type { PostLimits } from '../marketing/marketing.ts'
import type { receiveWebhook } from '../stripe/webhook/receive-webhook.ts'

/** What the service needs from its process. */
export interface AppDependencies {
  readonly log: Logger
  readonly now: () => number
  readonly fetch: typeof globalThis.fetch
  /** Where the console channel posts. */
  readonly print: (line: string) => void
  /** Called if the service cannot continue: the process must exit. */
  readonly onFatal: (error: unknown) => void
  /** Replaces the webhook's use case in the benchmark. */
  readonly receive?: typeof receiveWebhook
  /** How the sync jobs wait; by default in real time. */
  readonly pause?: (waitMs: number, signal: AbortSignal) => Promise<void>
  /** Other limits than the service's own, for tests and the benchmark. */
  readonly limits?: AppLimits
}

interface AppLimits extends PostLimits, AlertLimits {
  /** How many facts may share a commit; the benchmark compares with 1. */
  readonly recordBatchMax?: number
}
