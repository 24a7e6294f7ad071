import type { Kysely } from 'kysely'
import type { LedgerRow, Schema } from '../database/schema.ts'
import type { Exposition } from '../ledger/leader/exposition.ts'
import { type ComparedTotal, compareTotals } from '../ledger/read/compare-totals.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import { type ReconcileReport, readReconcileReport } from '../stripe/sync/reconcile-report.ts'
import { type RefusedWebhooks, readRefusedWebhooks } from '../stripe/sync/refused-webhooks.ts'
import type { SyncState } from '../stripe/sync/sync-state.ts'
import type { AcceptedOutcome, FailedOutcome } from '../stripe/webhook/outcomes.ts'
import { type Health, readHealth } from './read-health.ts'

/** Whether the numbers can be trusted, and why. */
export interface Trust {
  readonly totals: readonly TrustedTotal[]
  /** Whether the counters equal the committed totals, and whether this process exposes them. */
  readonly canExpose: boolean
  readonly isLeader: boolean
  readonly ledger: TrustedLedger
  readonly health: Health
  readonly reconcile: ReconcileReport | undefined
  readonly webhooks: Webhooks
  /** Checks that do not ask Stripe. */
  readonly findings: readonly Finding[]
}

interface TrustedTotal extends ComparedTotal {
  /** Whether facts and committed totals are equal, and no counter is above them, while facts may arrive. */
  readonly isRight: boolean
}

interface TrustedLedger {
  readonly seriesId: string
  readonly account: string | null
  /** Instants in milliseconds; null if unknown. */
  readonly genesis: number | null
  readonly generationBeganAt: number
  /** When a process without the lease last read the ledger; null if none has. */
  readonly replicaSeenAt: number | null
}

interface Webhooks {
  /** Since this process started. */
  readonly outcomes: ReadonlyMap<AcceptedOutcome | FailedOutcome, number>
  /** Since the ledger began, by reason, the latest first. */
  readonly refused: readonly RefusedWebhooks[]
}

/** The result of a check; one that failed says what to do. */
export interface Finding {
  readonly name: string
  readonly isWell: boolean
  readonly text: string
}

export interface TrustOptions {
  readonly ledger: Pick<Ledger, 'queries' | 'identity' | 'readTotals'>
  readonly exposition: Pick<Exposition, 'exposed' | 'isLeader' | 'canExpose'>
  readonly syncState: Pick<SyncState, 'read'>
  /** The number of facts of each series by "counter label". */
  readonly countFacts: () => Promise<ReadonlyMap<string, number>>
  readonly readOutcomes: () => Webhooks['outcomes']
  readonly readFindings: (row: LedgerRow) => Promise<readonly Finding[]>
}

/** Reads it from the ledger, except what this process exposes and received. */
export async function readTrust(options: TrustOptions): Promise<Trust> {
  const { ledger, exposition, syncState, readOutcomes, readFindings } = options
  const { queries, identity } = ledger
  const row = await readLedgerRow(queries)
  return {
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
    webhooks: { outcomes: readOutcomes(), refused: await readRefusedWebhooks(queries) },
    findings: await readFindings(row),
  }
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

async function readLedgerRow(queries: Kysely<Schema>): Promise<LedgerRow> {
  return queries.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
}
