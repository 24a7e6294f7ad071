import { type Judging, judgeFacts } from './audit-facts.ts'
import type { Extras } from './reconcile-report.ts'

const lookUpCountMax = 1_000
const keyCountMax = 100

/** Facts of the ledger that Stripe's lists lack and whose object says otherwise, or is not there. */
export async function findExtras(judging: Omit<Judging, 'lookUpCountMax'>): Promise<Extras> {
  const extras = { absent: 0, changed: 0, notLookedUp: 0, keys: [] as string[] }
  await judgeFacts({ ...judging, lookUpCountMax }, (_, key, verdict) => {
    if (verdict === 'not_looked_up') extras.notLookedUp += 1
    if (verdict !== 'absent' && verdict !== 'changed') return
    extras[verdict] += 1
    if (extras.keys.length < keyCountMax) extras.keys.push(key)
  })
  return extras
}
