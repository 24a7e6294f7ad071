import { seriesNameOf } from '../../../instrumentation/counters.ts'
import { forEachPage, type Pacing } from '../client/paginate.ts'
import { eventSchema } from '../facts/event.ts'
import {
  contextFor,
  type ListedIngestContext,
  readListed,
  readOrKeepDeadLetter,
} from '../facts/ingest.ts'
import { objectReaders } from '../facts/object-registry.ts'
import { paymentIntentFailed } from '../facts/payment-intent-failed.ts'
import type { StripeFact } from '../facts/stripe-fact.ts'
import { auditFacts } from './audit-facts.ts'
import { createDriftCheck } from './drift.ts'
import { createKeySet } from './key-set.ts'
import { findMissing } from './ledger-keys.ts'
import { isWithoutObject } from './look-up-object.ts'
import type { Drift } from './reconcile-report.ts'
import type { SyncContext } from './sync-context.ts'

/** What Stripe and the ledger say of a series. */
export interface SeriesComparison {
  /** Facts that Stripe's lists show, and those that it confirmed when asked for them alone. */
  stripe: number
  ledger: number
  /** Facts whose object Stripe does not have. */
  absent: number
  /** Facts whose object says otherwise by now. */
  changed: number
  notLookedUp: number
  /** Attempts that made no charge, older than Stripe's events: nothing to compare them with. */
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
    Pick<SyncContext, 'lists' | 'queries' | 'genesis' | 'now'> {
  /** Objects created, and facts that happened, since this instant, in milliseconds. */
  readonly since: number
  /** How long what is missing may still be on its way. */
  readonly graceMs: number
  readonly pacing: Pacing
}

const lookUpCountMax = 10_000
const keyCountMax = 100

/**
 * Compares what Stripe shows with the facts of the ledger. Changes nothing. Holds one page at a time
 * and 16 to 32 bytes for each listed object.
 */
export async function compareWithStripe(options: CompareOptions): Promise<Comparison> {
  const { lists, queries, genesis, since, graceMs, now, pacing } = options
  const context = contextFor(options, 'reconcile')
  const listedKeys = createKeySet()
  const series = new Map<string, SeriesComparison>()
  const absentKeys: string[] = []
  const changedKeys: string[] = []
  const stillMissing = (facts: readonly StripeFact[]) => findMissing(queries, facts)
  const check = createDriftCheck({ stillMissing, graceMs, now, pacing })

  const of = (name: string): SeriesComparison => {
    const found = series.get(name) ?? { ...nothing }
    series.set(name, found)
    return found
  }

  const ingestFacts = async (read: readonly (StripeFact | undefined)[]): Promise<void> => {
    const facts = read
      .filter((fact) => fact !== undefined)
      .filter(({ proof }) => (proof.objectCreatedAt ?? genesis) >= genesis)
      .filter(({ proof }) => !listedKeys.has(proof.key))
    for (const fact of facts) {
      listedKeys.add(fact.proof.key)
      of(seriesNameOf(fact.counter, fact.label)).stripe += 1
    }
    await check.add(await findMissing(queries, facts))
  }

  const createdFromSeconds = Math.floor(since / 1000)
  for (const reader of objectReaders)
    await forEachPage(
      (startingAfter) => lists.listObjects(reader.list, { createdFromSeconds, startingAfter }),
      async ({ objects }) =>
        ingestFacts(
          await Promise.all(
            objects.map((object) => readListed(object, reader, 'reconcile', options)),
          ),
        ),
      pacing,
    )

  const [attemptType] = paymentIntentFailed.types
  const readAttempt = (body: unknown): Promise<StripeFact | undefined> =>
    readOrKeepDeadLetter(body, attemptType, options, () => {
      const fact = paymentIntentFailed.read(eventSchema.parse(body), context)
      return isWithoutObject(fact.proof.key) ? fact : undefined
    })
  await forEachPage(
    (startingAfter) =>
      lists.listEvents(paymentIntentFailed.types, { createdFromSeconds, startingAfter }),
    async ({ objects }) => ingestFacts(await Promise.all(objects.map(readAttempt))),
    pacing,
  )
  const missing = await check.finish()

  await auditFacts(
    { queries, lists, context, listedKeys, since, lookUpCountMax, pacing },
    (slice, key, result) => {
      const found = of(seriesNameOf(slice.counter, slice.label))
      found.ledger += 1
      if (result === 'confirmed') found.stripe += 1
      if (result === 'no_object') found.unprovable += 1
      if (result === 'not_looked_up') found.notLookedUp += 1
      if (result !== 'absent' && result !== 'changed') return
      found[result] += 1
      const keys = result === 'absent' ? absentKeys : changedKeys
      if (keys.length < keyCountMax) keys.push(key)
    },
  )
  return { series, missing, absentKeys, changedKeys }
}

const nothing: SeriesComparison = {
  stripe: 0,
  ledger: 0,
  absent: 0,
  changed: 0,
  notLookedUp: 0,
  unprovable: 0,
}
