import { ListFault, type StripePage } from '../client/lists.ts'
import type { Pacing } from '../client/pacing.ts'
import { forEachPage } from '../client/paginate.ts'
import { lacksPermission } from '../client/stripe-error.ts'
import { headOf } from '../facts/explain-unreadable.ts'
import { type ObjectReader, objectReaders } from '../facts/object-registry.ts'
import { contextFor, readListed } from '../facts/read-listed.ts'
import type { StripeFact } from '../facts/stripe-fact.ts'
import { findOrphans } from './find-orphans.ts'
import { findMissing } from './ledger-keys.ts'
import { orDeadLetter } from './or-dead-letter.ts'
import { keepPageStart, toPageStart } from './page-start.ts'
import type { ReconcileReport } from './reconcile-report.ts'
import {
  type ListedMemory,
  openReconcile,
  type ReconcileRun,
  saveProgress,
} from './reconcile-run.ts'
import { refusalOf, reportReadable, sinceOf } from './refused-list.ts'
import { replayOpenEvents } from './replay-events.ts'
import type { SyncContext } from './sync-context.ts'

/** How long before the last search for orphans facts are still checked against the lists. */
const orphansReachMs = 48 * 3_600_000

/**
 * Lists Stripe's objects and records what the ledger lacks, under the same keys as their events. What
 * was still missing a minute after it was noticed is drift. The wide window also looks for facts
 * that no list shows. A list that the key may not read does not block the others: it is reported
 * and read later, from where it was. Progress is saved after every page: the next run continues there,
 * with the same window. Rejects if Stripe or the ledger fails.
 */
export async function reconcile(
  work: SyncContext,
  pacing: Pacing,
  memory: ListedMemory,
): Promise<ReconcileReport> {
  const run = await openReconcile(work, pacing, memory)
  const { progress, last } = run
  await readLists(run)
  const drift = await run.drift.check.finish()
  const { beganAt, since, isWide, listed, refused, notice } = progress
  const orphans = await searchOrphans(run)
  const report: ReconcileReport = {
    beganAt,
    wideBeganAt: isWide ? beganAt : (last?.wideBeganAt ?? null),
    since,
    isWide,
    listed,
    refused,
    drift,
    orphans: orphans ?? last?.orphans ?? null,
    orphansBeganAt: orphans === undefined ? (last?.orphansBeganAt ?? null) : beganAt,
  }
  await work.syncState.succeed('reconcile', { position: null, report: JSON.stringify(report) })
  memory.forget()
  if (notice !== null) await work.syncState.acknowledgeNotice(notice)
  await replayOpenEvents(run.work, pacing)
  return report
}

/** Reads the remaining lists. */
async function readLists(run: ReconcileRun): Promise<void> {
  const { work, progress } = run
  const first = objectReaders.findIndex(({ list }) => list === progress.list)
  if (first === -1) return
  try {
    for (const [index, reader] of objectReaders.entries())
      if (index >= first) await readOrSkipList(run, reader, objectReaders[index + 1])
  } catch (cause) {
    if (cause instanceof ListFault && cause.message !== progress.fault) {
      work.log.warn(
        { list: progress.list, reason: cause.message },
        'a list of Stripe does not end as it should: the reconcile stays where it is',
      )
      await saveProgress(run, { fault: cause.message })
    }
    throw cause
  }
}

/** Continues with the `following` list if the key may not read this one. */
async function readOrSkipList(
  run: ReconcileRun,
  reader: ObjectReader,
  following: ObjectReader | undefined,
): Promise<void> {
  try {
    await readList(run, reader, following)
    reportReadable(run, reader.list)
  } catch (cause) {
    if (!lacksPermission(cause)) throw cause
    const refused = { ...run.progress.refused, [reader.list]: refusalOf(run, reader.list, cause) }
    const next = { list: following?.list ?? null, next: null }
    await saveProgress(run, { ...next, refused, drift: run.drift.check.found(), fault: null })
  }
}

/** Reads a list from the saved progress, which advances with each page and then to the `following` list. */
async function readList(
  run: ReconcileRun,
  reader: ObjectReader,
  following: ObjectReader | undefined,
): Promise<void> {
  const { work, progress, drift, pacing } = run
  const createdFromSeconds = Math.floor(sinceOf(run, reader.list) / 1000)
  await forEachPage(
    (start) => work.lists.listObjects(reader.list, { createdFromSeconds, ...start }),
    async (page) => {
      await ingestPage(run, reader, page)
      const next = keepPageStart(page.next)
      await saveProgress(run, {
        next,
        list: next === null ? (following?.list ?? null) : reader.list,
        drift: drift.check.found(),
        fault: null,
      })
    },
    pacing,
    toPageStart(progress.next),
  )
}

async function ingestPage(
  run: ReconcileRun,
  reader: ObjectReader,
  page: StripePage,
): Promise<void> {
  const { work, progress, genesis, listedKeys, drift, resolve } = run
  const { ingest, queries, now } = work
  const read = await Promise.all(
    page.objects.map((object) =>
      orDeadLetter({ object, type: reader.list, source: 'reconcile', ingest }, () =>
        readListed(object, reader, 'reconcile', ingest),
      ),
    ),
  )
  const counted = read
    .filter((fact) => fact !== undefined)
    .filter(({ proof }) => (proof.objectCreatedAt ?? genesis) >= genesis)
  progress.listed[reader.list] = (progress.listed[reader.list] ?? 0) + counted.length
  for (const { proof } of counted) listedKeys?.add(proof.key)
  const missing = await findMissing(queries, counted)
  const noticedAt = now()
  await drift.candidates.keep(missing.map((fact: StripeFact) => ({ fact, noticedAt })))
  await drift.check.add(missing, noticedAt)
  // Those that are missing are not recorded yet.
  const waiting = new Set(missing.map(({ proof }) => proof.evidence))
  await resolve(
    page.objects.map((object) => headOf(object).id).filter((id) => !waiting.has(id ?? '')),
  )
}

/** Undefined if this reconcile does not look for orphans: the last report's are kept. */
async function searchOrphans(run: ReconcileRun) {
  const { work, pacing, genesis, last, progress, listedKeys } = run
  if (listedKeys === undefined) return undefined
  const since = Math.max(progress.since, (last?.orphansBeganAt ?? genesis) - orphansReachMs)
  const { queries, lists, ingest } = work
  const context = contextFor(ingest, 'reconcile')
  return findOrphans({ queries, lists, context, listedKeys, since, pacing })
}
