import { type Audit, auditFacts } from './audit-facts.ts'
import type { Orphans } from './reconcile-report.ts'

const lookUpCountMax = 1_000
const keyCountMax = 100

/** Facts that Stripe's lists lack and whose object no longer agrees or does not exist. */
export async function findOrphans(audit: Omit<Audit, 'lookUpCountMax'>): Promise<Orphans> {
  const orphans = { absent: 0, changed: 0, notLookedUp: 0, keys: [] as string[] }
  await auditFacts({ ...audit, lookUpCountMax }, (_, key, result) => {
    if (result === 'not_looked_up' || result === 'unreadable') orphans.notLookedUp += 1
    if (result !== 'absent' && result !== 'changed') return
    orphans[result] += 1
    if (orphans.keys.length < keyCountMax) orphans.keys.push(key)
  })
  return orphans
}
