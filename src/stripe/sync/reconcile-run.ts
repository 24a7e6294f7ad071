import type { Pacing } from '../client/pacing.ts'
import { listOf } from '../facts/explain-unreadable.ts'
import { objectReaders } from '../facts/object-registry.ts'
import { recordListed } from '../facts/read-listed.ts'
import { type DeadLetterResolver, openDeadLetterResolver } from './dead-letter-resolver.ts'
import { createDriftCheck, type DriftCheck } from './drift.ts'
import { createDriftCandidates, type DriftCandidates } from './drift-candidates.ts'
import { createKeySet, type KeySet } from './key-set.ts'
import { orDeadLetter } from './or-dead-letter.ts'
import { type ReconcileProgress, readReconcileProgress } from './reconcile-progress.ts'
import { type ReconcileReport, readReconcileReport } from './reconcile-report.ts'
import { reconcileWindow } from './reconcile-window.ts'
import type { SyncContext } from './sync-context.ts'

/** A webhook in transit arrives within this time. */
const graceMs = 60_000

/** A reconcile in progress. */
export interface ReconcileRun {
  readonly work: SyncContext
  readonly pacing: Pacing
  readonly genesis: number
  readonly last: ReconcileReport | undefined
  readonly progress: ReconcileProgress
  readonly drift: { readonly candidates: DriftCandidates; readonly check: DriftCheck }
  readonly resolve: DeadLetterResolver['resolve']
  /** All listed keys, to find orphans; undefined if another process read part of the lists. */
  readonly listedKeys: KeySet | undefined
}

/** The keys that the lists have shown to this process's current wide reconcile. */
export interface ListedMemory {
  /** Undefined if they are incomplete because another process began the reconcile. */
  keysOf(progress: ReconcileProgress, isNew: boolean): KeySet | undefined
  forget(): void
}

/** Holds the keys of one reconcile, which may be interrupted and continued. */
export function createListedMemory(): ListedMemory {
  let kept: { readonly beganAt: number; readonly keys: KeySet } | undefined
  return {
    keysOf: ({ beganAt, isWide }, isNew) => {
      if (isNew) kept = isWide ? { beganAt, keys: createKeySet() } : undefined
      return kept?.beganAt === beganAt ? kept.keys : undefined
    },
    forget: () => {
      kept = undefined
    },
  }
}

/** Continues an interrupted reconcile, or begins a new one. */
export async function openReconcile(
  given: SyncContext,
  pacing: Pacing,
  memory: ListedMemory,
): Promise<ReconcileRun> {
  const { work, resolve } = await openDeadLetterResolver(given)
  const { syncState, ingest, queries, now } = work
  const genesis = await work.readGenesis()
  const state = await syncState.read('reconcile')
  const last = readReconcileReport(state)
  const candidates = createDriftCandidates(queries)
  const kept = readReconcileProgress(state)
  const waiting = kept !== undefined && isKnown(kept) ? await candidates.read() : undefined
  const broken = waiting === undefined ? undefined : kept
  if (broken === undefined) await candidates.clear()
  const progress = broken ?? (await begin(work, genesis, last))
  const check = createDriftCheck({
    stillMissing: async (facts) => {
      const recorded = await Promise.all(
        facts.map((fact) => {
          const { evidence } = fact.proof
          const taken = { object: { id: evidence }, type: listOf(evidence), ingest }
          return orDeadLetter({ ...taken, source: 'reconcile' }, () => recordListed(ingest, fact))
        }),
      )
      await candidates.forget(facts)
      await resolve(facts.map(({ proof }) => proof.evidence))
      return facts.filter((_, index) => recorded[index] === 'new')
    },
    graceMs,
    now,
    pacing,
    waiting: waiting ?? [],
    found: progress.drift,
  })
  const listedKeys = memory.keysOf(progress, broken === undefined)
  const drift = { candidates, check }
  return { work, pacing, genesis, last, progress, drift, resolve, listedKeys }
}

function isKnown({ list }: ReconcileProgress): boolean {
  return list === null || objectReaders.some((reader) => reader.list === list)
}

async function begin(
  { syncState, stripeClock }: SyncContext,
  genesis: number,
  last: ReconcileReport | undefined,
): Promise<ReconcileProgress> {
  const beganAt = stripeClock.now()
  const notice = (await syncState.pendingNotice()) ?? null
  const window = reconcileWindow({
    now: beganAt,
    genesis,
    lastBeganAt: last?.beganAt ?? null,
    lastWideBeganAt: last?.wideBeganAt ?? null,
    lastOrphansBeganAt: last?.orphansBeganAt ?? null,
    hasLostEvents: notice !== null,
  })
  const list = objectReaders[0]?.list ?? null
  const drift = { count: 0, series: {}, keys: [] }
  return {
    beganAt,
    ...window,
    notice,
    list,
    next: null,
    listed: {},
    refused: {},
    drift,
    fault: null,
  }
}

/** Saves the progress; resolves after the commit. */
export async function saveProgress(
  { work, progress }: ReconcileRun,
  changes: Partial<ReconcileProgress>,
): Promise<void> {
  Object.assign(progress, changes)
  await work.syncState.saveProgress('reconcile', JSON.stringify(progress))
}
