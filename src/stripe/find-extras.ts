import type { KeySet } from './key-set.ts'
import { readKeys } from './ledger-keys.ts'
import { type Pacing, patiently } from './pages.ts'
import type { Extras } from './reconcile-report.ts'
import type { RoundWork } from './round-work.ts'
import { contextFor } from './take-event.ts'
import { isWithoutObject, lookUp } from './unlisted.ts'

export interface ExtrasSearch {
  readonly work: Pick<RoundWork, 'queries' | 'lists' | keyof Parameters<typeof contextFor>[0]>
  /** Every key that Stripe's lists showed. */
  readonly listedKeys: KeySet
  /** Facts that happened since this instant are looked for, in milliseconds. */
  readonly since: number
  readonly pacing: Pacing
}

const lookUpCountMax = 1_000
const keyCountMax = 100
const counters = ['billing_payments_total', 'billing_checkout_started_total']

/** Facts of the ledger that Stripe's lists lack: each is retrieved before it is called anything. */
export const findExtras = async (search: ExtrasSearch): Promise<Extras> => {
  const { work, listedKeys, since, pacing } = search
  const context = contextFor(work, 'reconcile')
  const extras = { absent: 0, changed: 0, notLookedUp: 0, keys: [] as string[] }
  let lookedUp = 0

  const judge = async (key: string): Promise<void> => {
    if (lookedUp >= lookUpCountMax) {
      extras.notLookedUp += 1
      return
    }
    lookedUp += 1
    const finding = await patiently(() => lookUp(key, work.lists, context), pacing)
    if (finding !== 'absent' && finding !== 'changed') return
    extras[finding] += 1
    if (extras.keys.length < keyCountMax) extras.keys.push(key)
  }

  for (const { counter, label } of await readSeries(work))
    for await (const keys of readKeys(work.queries, { counter, label, since }))
      for (const key of keys) if (!isWithoutObject(key) && !listedKeys.has(key)) await judge(key)
  return extras
}

const readSeries = ({ queries }: ExtrasSearch['work']) =>
  queries
    .selectFrom('totals')
    .select(['counter', 'label'])
    .distinct()
    .where('counter', 'in', counters)
    .execute()
