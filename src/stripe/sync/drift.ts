import { seriesNameOf } from '../../../instrumentation/counters.ts'
import type { Pacing } from '../client/paginate.ts'
import type { StripeFact } from '../facts/stripe-fact.ts'
import type { Drift } from './reconcile-report.ts'

export interface DriftCheckOptions {
  /** Of some facts that were missing, those that are so still; may record them on the way. */
  readonly stillMissing: (facts: readonly StripeFact[]) => Promise<readonly StripeFact[]>
  readonly graceMs: number
  readonly now: () => number
  readonly pacing: Pacing
}

const waitingCountMax = 10_000
/** Facts that are recorded wait for a commit beside those of webhooks: leave them room. */
const togetherMax = 200
const keyCountMax = 100

/**
 * Takes facts that the ledger lacks, waits for those that are on their way and looks again: only what
 * is missing still is drift. Holds ten thousand facts or so at a time.
 */
export function createDriftCheck({ stillMissing, graceMs, now, pacing }: DriftCheckOptions) {
  const series: Record<string, number> = {}
  const keys: string[] = []
  let count = 0
  const waiting: StripeFact[] = []
  let lastNoticedAt = 0

  const waitAndRecord = async (): Promise<void> => {
    if (waiting.length === 0) return
    const sinceMs = Math.max(0, now() - lastNoticedAt)
    await pacing.pause(Math.max(0, graceMs - sinceMs))
    while (waiting.length > 0) {
      pacing.signal.throwIfAborted()
      for (const fact of await stillMissing(waiting.splice(0, togetherMax))) note(fact)
    }
  }

  const note = (fact: StripeFact): void => {
    const name = seriesNameOf(fact.counter, fact.label)
    count += 1
    series[name] = (series[name] ?? 0) + 1
    if (keys.length < keyCountMax) keys.push(fact.proof.key)
  }

  return {
    add: async (missing: readonly StripeFact[]): Promise<void> => {
      if (missing.length === 0) return
      waiting.push(...missing)
      lastNoticedAt = now()
      if (waiting.length >= waitingCountMax) await waitAndRecord()
    },
    /** Everything that was added and still missing after the wait. */
    finish: async (): Promise<Drift> => {
      await waitAndRecord()
      return { count, series, keys }
    },
  }
}
