import type { Recorded } from '../ledger/fact.ts'
import type { StripeFact } from './facts/stripe-fact.ts'
import type { Pacing } from './pages.ts'
import type { Drift } from './reconcile-report.ts'

export interface DriftCheckOptions {
  readonly record: (fact: StripeFact) => Promise<Recorded>
  readonly now: () => number
  readonly pacing: Pacing
}

/** A webhook that is on its way arrives within this time. */
const graceMs = 60_000
const waitingCountMax = 10_000
/** Facts wait for a commit beside those of webhooks: leave them room. */
const recordTogetherMax = 200
const keyCountMax = 100

/**
 * Takes facts that the ledger lacks, waits a minute and records them. Only what was still new then
 * is drift. Holds ten thousand facts at most.
 */
export const createDriftCheck = ({ record, now, pacing }: DriftCheckOptions) => {
  const series: Record<string, number> = {}
  const keys: string[] = []
  let count = 0
  const waiting: StripeFact[] = []
  let lastNoticedAt = 0

  const settle = async (): Promise<void> => {
    if (waiting.length === 0) return
    await pacing.pause(Math.max(0, lastNoticedAt + graceMs - now()))
    while (waiting.length > 0) {
      pacing.signal.throwIfAborted()
      const batch = waiting.splice(0, recordTogetherMax)
      const recorded = await Promise.all(batch.map(record))
      batch.forEach((fact, index) => {
        if (recorded[index] === 'new') note(fact)
      })
    }
  }

  const note = (fact: StripeFact): void => {
    const name = seriesOf(fact)
    count += 1
    series[name] = (series[name] ?? 0) + 1
    if (keys.length < keyCountMax) keys.push(fact.proof.key)
  }

  return {
    add: async (missing: readonly StripeFact[]): Promise<void> => {
      if (missing.length === 0) return
      waiting.push(...missing)
      lastNoticedAt = now()
      if (waiting.length >= waitingCountMax) await settle()
    },
    /** Everything that was added and still missing a minute later. */
    finish: async (): Promise<Drift> => {
      await settle()
      return { count, series, keys }
    },
  }
}

/** The series that a fact moves, as a metrics page writes it. */
export const seriesOf = (fact: StripeFact): string =>
  fact.kind === 'payment'
    ? `billing_payments_total{status="${fact.status}"}`
    : `billing_checkout_started_total{plan="${fact.plan}"}`
