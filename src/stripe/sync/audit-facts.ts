import { isProvenByStripe } from '../../../instrumentation/counters.ts'
import { readSeriesOfFacts, type SeriesOfFacts } from '../../ledger/read/series.ts'
import type { StripeLists } from '../client/lists.ts'
import type { Pacing } from '../client/pacing.ts'
import { withRateLimitRetry } from '../client/paginate.ts'
import { isRefusedByStripe } from '../client/stripe-error.ts'
import type { FactContext } from '../facts/stripe-fact.ts'
import type { KeySet } from './key-set.ts'
import { readKeys } from './ledger-keys.ts'
import { type LookUpResult, lookUp } from './look-up-object.ts'
import type { SyncContext } from './sync-context.ts'

export type AuditResult = LookUpResult | 'listed' | 'not_looked_up'

export interface Audit extends Pick<SyncContext, 'queries'> {
  readonly lists: Pick<StripeLists, 'retrieveObject'>
  readonly context: FactContext
  /** All keys in Stripe's lists. */
  readonly listedKeys: KeySet
  /** Facts that happened since this instant are audited, in milliseconds. */
  readonly since: number
  /** The maximum number of objects to retrieve. */
  readonly lookUpCountMax: number
  readonly pacing: Pacing
}

/** Compares the ledger's facts with Stripe's lists; an object that is not listed is retrieved first. */
export async function auditFacts(
  audit: Audit,
  report: (series: SeriesOfFacts, key: string, result: AuditResult) => void,
): Promise<void> {
  const { queries, lists, context, listedKeys, since, lookUpCountMax, pacing } = audit
  let lookedUp = 0

  const auditKey = async (key: string): Promise<AuditResult> => {
    if (listedKeys.has(key)) return 'listed'
    if (lookedUp >= lookUpCountMax) return 'not_looked_up'
    try {
      const finding = await withRateLimitRetry(() => lookUp(key, lists, context), pacing)
      if (finding !== 'no_object') lookedUp += 1
      return finding
    } catch (cause) {
      // If the key may not retrieve objects of one kind, the others are still audited.
      if (!isRefusedByStripe(cause)) throw cause
      lookedUp += 1
      return 'not_looked_up'
    }
  }

  const allSeries = await readSeriesOfFacts(queries)
  for (const series of allSeries.filter(({ counter }) => isProvenByStripe(counter)))
    for await (const keys of readKeys(queries, { ...series, since })) {
      pacing.signal.throwIfAborted()
      for (const key of keys) report(series, key, await auditKey(key))
    }
}
