import type { StripePage } from '../client/lists.ts'
import { forEachPage, type Pacing } from '../client/paginate.ts'
import { contextFor, readListed } from '../facts/ingest.ts'
import { type ObjectReader, objectReaders } from '../facts/object-registry.ts'
import { recordStripeFact } from '../facts/record-stripe-fact.ts'
import { createDriftCheck } from './drift.ts'
import { findOrphans } from './find-orphans.ts'
import { createKeySet } from './key-set.ts'
import { findMissing } from './ledger-keys.ts'
import { type ReconcileReport, readReconcileReport } from './reconcile-report.ts'
import { reconcileWindow } from './reconcile-window.ts'
import type { SyncContext } from './sync-context.ts'

/** A webhook that is on its way arrives within this time. */
const graceMs = 60_000
/** How long before the last wide reconcile a fact may have happened to be looked for in its lists. */
const orphansReachMs = 48 * 3_600_000

/**
 * Lists Stripe's objects and records what the ledger lacks, by the same keys as their events. What
 * was still missing a minute after it was noticed is drift. The wide window also looks for facts
 * that no list shows. Rejects when Stripe or the ledger cannot go on; the next one then reaches as
 * far back as this one would have.
 */
export async function reconcile(work: SyncContext, pacing: Pacing): Promise<ReconcileReport> {
  const { syncState, lists, genesis, now } = work
  const beganAt = now()
  const last = readReconcileReport(await syncState.read('reconcile'))
  const notice = await syncState.pendingNotice()
  const window = reconcileWindow({
    now: beganAt,
    genesis,
    lastBeganAt: last?.beganAt ?? null,
    lastWideBeganAt: last?.wideBeganAt ?? null,
    hasLostEvents: notice !== undefined,
  })
  const listedKeys = createKeySet()
  const check = createDriftCheck({
    stillMissing: async (facts) => {
      const recorded = await Promise.all(facts.map((fact) => recordStripeFact(work.recorder, fact)))
      return facts.filter((_, index) => recorded[index] === 'new')
    },
    graceMs,
    now,
    pacing,
  })
  const listedCounts: Record<string, number> = {}

  const take = async (reader: ObjectReader, page: StripePage): Promise<void> => {
    const read = await Promise.all(
      page.objects.map((object) => readListed(object, reader, 'reconcile', work)),
    )
    const facts = read.filter((fact) => fact !== undefined)
    const counted = facts.filter(({ proof }) => (proof.objectCreatedAt ?? genesis) >= genesis)
    listedCounts[reader.list] = (listedCounts[reader.list] ?? 0) + counted.length
    if (window.isWide) for (const { proof } of counted) listedKeys.add(proof.key)
    await check.add(await findMissing(work.queries, counted))
  }

  const createdFromSeconds = Math.floor(window.since / 1000)
  for (const reader of objectReaders)
    await forEachPage(
      (startingAfter) => lists.listObjects(reader.list, { createdFromSeconds, startingAfter }),
      (page) => take(reader, page),
      pacing,
    )
  const drift = await check.finish()
  const orphansSince = Math.max(window.since, (last?.wideBeganAt ?? genesis) - orphansReachMs)
  const orphans = window.isWide
    ? await findOrphans({
        queries: work.queries,
        lists,
        context: contextFor(work, 'reconcile'),
        listedKeys,
        since: orphansSince,
        pacing,
      })
    : (last?.orphans ?? null)
  const report: ReconcileReport = {
    beganAt,
    wideBeganAt: window.isWide ? beganAt : (last?.wideBeganAt ?? null),
    ...window,
    listed: listedCounts,
    drift,
    orphans,
  }
  await syncState.succeed('reconcile', { position: null, report: JSON.stringify(report) })
  if (notice !== undefined) await syncState.acknowledgeNotice(notice)
  return report
}
