import { seriesNameOf } from '../../../instrumentation/counters.ts'
import { claimKey, createAttemptMemory } from '../../ledger/record/failed-attempt.ts'
import type { Pacing } from '../client/pacing.ts'
import { forEachPage } from '../client/paginate.ts'
import { eventSchema } from '../facts/event.ts'
import type { ListedIngestContext } from '../facts/ingest-context.ts'
import { objectReaders } from '../facts/object-registry.ts'
import { paymentIntentFailed } from '../facts/payment-intent-failed.ts'
import { contextFor, readListed, readOrKeepDeadLetter } from '../facts/read-listed.ts'
import type { StripeFact } from '../facts/stripe-fact.ts'
import { auditFacts } from './audit-facts.ts'
import { createDriftCheck, type DriftCheck } from './drift.ts'
import type { KeySet } from './key-set.ts'
import { findMissing } from './ledger-keys.ts'
import { isWithoutObject } from './look-up-object.ts'
import type { Drift } from './reconcile-report.ts'
import type { SyncContext } from './sync-context.ts'

/** What Stripe and the ledger have for a series. */
export interface SeriesComparison {
  /** Facts in Stripe's lists, and facts that Stripe confirmed when they were retrieved. */
  stripe: number
  ledger: number
  /** Facts whose object Stripe does not have. */
  absent: number
  /** Facts whose object no longer agrees. */
  changed: number
  notLookedUp: number
  /** Attempts that made no charge, older than Stripe's events: there is nothing to compare them with. */
  unprovable: number
}

export interface Comparison {
  /** By the name of the series. */
  readonly series: ReadonlyMap<string, SeriesComparison>
  readonly missing: Drift
  readonly absentKeys: readonly string[]
  readonly changedKeys: readonly string[]
}

export interface CompareOptions
  extends ListedIngestContext,
    Pick<SyncContext, 'lists' | 'queries' | 'now'> {
  /** Objects created before this instant are not counted, in milliseconds. */
  readonly genesis: number
  /** Objects created, and facts that happened, since this instant, in milliseconds. */
  readonly since: number
  /** How long a missing fact may still be in transit. */
  readonly graceMs: number
  readonly pacing: Pacing
  /** Holds every listed key. */
  readonly listedKeys: KeySet
  /** Called after each page of a list, and after every thousand of the ledger's facts. */
  readonly onProgress: (progress: CompareProgress) => void
}

/** How many were compared so far. */
export interface CompareProgress {
  readonly listed: number
  readonly facts: number
}

const lookUpCountMax = 10_000
const factsPerReport = 1_000
const keyCountMax = 100

/** A comparison in progress. */
interface Comparing extends CompareOptions {
  readonly series: Map<string, SeriesComparison>
  readonly check: DriftCheck
}

/**
 * Compares Stripe's objects with the facts in the ledger. Changes nothing. Keeps one page in memory
 * and the keys in `listedKeys`.
 */
export async function compareWithStripe(options: CompareOptions): Promise<Comparison> {
  const { queries, graceMs, now, pacing } = options
  const stillMissing = (facts: readonly StripeFact[]) => findMissing(queries, facts)
  const comparing: Comparing = {
    ...options,
    series: new Map(),
    check: createDriftCheck({ stillMissing, graceMs, now, pacing }),
  }
  await readObjects(comparing)
  await readAttemptsWithoutObject(comparing)
  const missing = await comparing.check.finish()
  const { absentKeys, changedKeys } = await auditLedger(comparing)
  return { series: comparing.series, missing, absentKeys, changedKeys }
}

async function readObjects(comparing: Comparing): Promise<void> {
  const { lists, since, pacing } = comparing
  const createdFromSeconds = Math.floor(since / 1000)
  for (const reader of objectReaders)
    await forEachPage(
      (start) => lists.listObjects(reader.list, { createdFromSeconds, ...start }),
      async ({ objects }) =>
        addFacts(
          comparing,
          await Promise.all(
            objects.map((object) => readListed(object, reader, 'reconcile', comparing)),
          ),
        ),
      pacing,
    )
}

/** Only the list of events shows attempts that made no charge. */
async function readAttemptsWithoutObject(comparing: Comparing): Promise<void> {
  const { lists, since, pacing } = comparing
  const context = contextFor(comparing, 'reconcile')
  const { types } = paymentIntentFailed
  const [attemptType] = types
  const createdFromSeconds = Math.floor(since / 1000)
  const memory = createAttemptMemory()
  const readAttempt = (body: unknown): Promise<StripeFact | undefined> =>
    readOrKeepDeadLetter(body, attemptType, 'reconcile', comparing, () => {
      const fact = paymentIntentFailed.read(eventSchema.parse(body), context)
      const { attempt } = fact.proof
      const key = attempt && claimKey(attempt, memory)
      return key !== undefined && isWithoutObject(key)
        ? { ...fact, proof: { ...fact.proof, key } }
        : undefined
    })
  await forEachPage(
    (start) => lists.listEvents(types, { createdFromSeconds, ...start }),
    async ({ objects }) => addFacts(comparing, await Promise.all(objects.map(readAttempt))),
    pacing,
  )
}

async function addFacts(
  comparing: Comparing,
  read: readonly (StripeFact | undefined)[],
): Promise<void> {
  const { queries, genesis, listedKeys, check, now } = comparing
  const facts = read
    .filter((fact) => fact !== undefined)
    .filter(({ proof }) => (proof.objectCreatedAt ?? genesis) >= genesis)
    .filter(({ proof }) => !listedKeys.has(proof.key))
  for (const fact of facts) {
    listedKeys.add(fact.proof.key)
    entryOf(comparing, seriesNameOf(fact.counter, fact.label)).stripe += 1
  }
  await check.add(await findMissing(queries, facts), now())
  comparing.onProgress({ listed: listedKeys.size, facts: 0 })
}

async function auditLedger(
  comparing: Comparing,
): Promise<Pick<Comparison, 'absentKeys' | 'changedKeys'>> {
  const { queries, lists, listedKeys, since, pacing } = comparing
  const absentKeys: string[] = []
  const changedKeys: string[] = []
  const context = contextFor(comparing, 'reconcile')
  let facts = 0
  await auditFacts(
    { queries, lists, context, listedKeys, since, lookUpCountMax, pacing },
    (slice, key, result) => {
      const found = entryOf(comparing, seriesNameOf(slice.counter, slice.label))
      found.ledger += 1
      facts += 1
      if (facts % factsPerReport === 0) comparing.onProgress({ listed: listedKeys.size, facts })
      if (result === 'confirmed') found.stripe += 1
      if (result === 'no_object') found.unprovable += 1
      if (result === 'not_looked_up' || result === 'unreadable') found.notLookedUp += 1
      if (result !== 'absent' && result !== 'changed') return
      found[result] += 1
      const keys = result === 'absent' ? absentKeys : changedKeys
      if (keys.length < keyCountMax) keys.push(key)
    },
  )
  return { absentKeys, changedKeys }
}

function entryOf({ series }: Comparing, name: string): SeriesComparison {
  const found = series.get(name) ?? { ...nothing }
  series.set(name, found)
  return found
}

const nothing: SeriesComparison = {
  stripe: 0,
  ledger: 0,
  absent: 0,
  changed: 0,
  notLookedUp: 0,
  unprovable: 0,
}
