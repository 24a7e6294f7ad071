import type { Kysely } from 'kysely'
import type { LedgerRow, Schema } from '../database/schema.ts'
import type { Exposition } from '../ledger/leader/exposition.ts'
import { compareTotals } from '../ledger/read/compare-totals.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import { readReconcileReport } from '../stripe/sync/reconcile-report.ts'
import { readRefusedWebhooks } from '../stripe/sync/refused-webhooks.ts'
import type { SyncState } from '../stripe/sync/sync-state.ts'
import { refusalAdvice } from '../stripe/webhook/refusal-advice.ts'
import { assess, type CheckResult } from './assess.ts'
import { readHealth } from './read-health.ts'
import type { AdvisedRefusal, Trust, TrustedTotal } from './trust.ts'

export interface TrustOptions {
  readonly ledger: Pick<Ledger, 'queries' | 'identity' | 'readTotals'>
  readonly exposition: Pick<Exposition, 'exposed' | 'isLeader' | 'canExpose'>
  readonly syncState: Pick<SyncState, 'read'>
  /** The number of facts of each series by "counter label". */
  readonly countFacts: () => Promise<ReadonlyMap<string, number>>
  readonly now: () => number
  readonly readOutcomes: () => Trust['webhooks']['outcomes']
  /** Checks of the sync jobs and of what could not be processed; each that failed says what to do. */
  readonly readChecks: (row: LedgerRow) => Promise<readonly CheckResult[]>
}

/** Reads it from the ledger, except what this process exposes and received. */
export async function readTrust(options: TrustOptions): Promise<Trust> {
  const { ledger, exposition, syncState, readOutcomes, readChecks } = options
  const { queries, identity } = ledger
  const row = await queries.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
  const found = {
    totals: await readComparison(options),
    canExpose: exposition.canExpose,
    isLeader: exposition.isLeader(),
    ledger: {
      seriesId: identity.seriesId,
      account: row.account,
      genesis: row.genesis,
      generationBeganAt: row.generation_began_at,
      replicaSeenAt: row.replica_seen_at === 0 ? null : row.replica_seen_at,
    },
    health: await readHealth(queries, syncState),
    reconcile: readReconcileReport(await syncState.read('reconcile')),
    webhooks: { outcomes: readOutcomes(), refused: await readRefusals(queries) },
  }
  return { ...found, findings: assess(found, await readChecks(row), options.now()) }
}

/** Totals are read before and after the facts, because facts may arrive in between. */
async function readComparison({
  ledger,
  exposition,
  countFacts,
}: TrustOptions): Promise<readonly TrustedTotal[]> {
  const isShown = exposition.isLeader()
  const before = await ledger.readTotals()
  const facts = await countFacts()
  const committed = await ledger.readTotals()
  const shown = exposition.exposed()
  const after = await ledger.readTotals()
  const atMost = new Map(after.map(({ counter, label, total }) => [`${counter} ${label}`, total]))
  const atLeast = new Map(before.map(({ counter, label, total }) => [`${counter} ${label}`, total]))
  return compareTotals({ facts, committed, shown, isShown }).map((one) => {
    const series = `${one.counter} ${one.label}`
    const isRight =
      one.facts >= (atLeast.get(series) ?? 0) &&
      one.facts <= one.committed &&
      (one.exposed ?? 0) <= (atMost.get(series) ?? 0)
    return { ...one, isRight }
  })
}

async function readRefusals(queries: Kysely<Schema>): Promise<readonly AdvisedRefusal[]> {
  const refused = await readRefusedWebhooks(queries)
  return refused.map((one) => ({ ...one, advice: refusalAdvice[one.reason] }))
}
