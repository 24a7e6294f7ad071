import { readSeriesOfFacts } from '../../ledger/read/series.ts'
import { type Pacing, patiently } from '../client/paginate.ts'
import type { FactContext } from '../facts/stripe-fact.ts'
import type { KeySet } from './key-set.ts'
import { type LedgerSlice, readKeys } from './ledger-keys.ts'
import { type Finding, lookUp } from './look-up-object.ts'
import type { RoundWork } from './sync-context.ts'

export type Verdict = Finding | 'listed' | 'not_looked_up'

export interface Judging extends Pick<RoundWork, 'queries' | 'lists'> {
  readonly context: FactContext
  /** Every key that Stripe's lists showed. */
  readonly listedKeys: KeySet
  /** Facts that happened since this instant are judged, in milliseconds. */
  readonly since: number
  /** How many objects may be asked for. */
  readonly lookUpCountMax: number
  readonly pacing: Pacing
}

const counters: ReadonlySet<string> = new Set([
  'billing_payments_total',
  'billing_checkout_started_total',
])

/** Holds the ledger's facts against Stripe's lists; what they lack is retrieved before it is judged. */
export async function judgeFacts(
  judging: Judging,
  tell: (series: Pick<LedgerSlice, 'counter' | 'label'>, key: string, verdict: Verdict) => void,
): Promise<void> {
  const { queries, lists, context, listedKeys, since, lookUpCountMax, pacing } = judging
  let lookedUp = 0

  const judge = async (key: string): Promise<Verdict> => {
    if (listedKeys.has(key)) return 'listed'
    if (lookedUp >= lookUpCountMax) return 'not_looked_up'
    const finding = await patiently(() => lookUp(key, lists, context), pacing)
    if (finding !== 'no_object') lookedUp += 1
    return finding
  }

  const allSeries = await readSeriesOfFacts(queries)
  for (const series of allSeries.filter(({ counter }) => counters.has(counter)))
    for await (const keys of readKeys(queries, { ...series, since })) {
      pacing.signal.throwIfAborted()
      for (const key of keys) tell(series, key, await judge(key))
    }
}
