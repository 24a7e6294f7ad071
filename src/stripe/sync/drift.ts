import { seriesNameOf } from '../../../instrumentation/counters.ts'
import type { Pacing } from '../client/pacing.ts'
import type { StripeFact } from '../facts/stripe-fact.ts'
import type { DriftCandidate } from './drift-candidates.ts'
import type { Drift } from './reconcile-report.ts'

export interface DriftCheckOptions {
  /** Returns which of these missing facts are still missing; may record them as well. */
  readonly stillMissing: (facts: readonly StripeFact[]) => Promise<readonly StripeFact[]>
  readonly graceMs: number
  readonly now: () => number
  readonly pacing: Pacing
  /** Candidates of an earlier check that were not checked again, the oldest first. */
  readonly waiting?: readonly DriftCandidate[]
  /** What it found. */
  readonly found?: Drift
}

const waitingCountMax = 10_000
/** Recording shares the commit queue with webhooks: leave room for them. */
const togetherMax = 200
const keyCountMax = 100

export interface DriftCheck {
  /** Adds facts that the ledger lacks; checks those again that have waited long enough. */
  add(missing: readonly StripeFact[], noticedAt: number): Promise<void>
  /** What was found missing so far. */
  found(): Drift
  /** All added facts that were still missing after the wait. */
  finish(): Promise<Drift>
}

/**
 * Collects facts that the ledger lacks, waits for those in transit and checks again: only what
 * is still missing is drift. Keeps about ten thousand facts in memory.
 */
export function createDriftCheck(options: DriftCheckOptions): DriftCheck {
  const { stillMissing, graceMs, now, pacing } = options
  const drift = copyOf(options.found)
  const waiting: DriftCandidate[] = [...(options.waiting ?? [])]

  /** If the clock was set back, nothing waits longer than the grace period. */
  const hasWaited = ({ noticedAt }: DriftCandidate): boolean =>
    Math.abs(now() - noticedAt) > graceMs

  const lookAgain = async (count: number): Promise<void> => {
    pacing.signal.throwIfAborted()
    const facts = waiting.slice(0, count).map(({ fact }) => fact)
    for (const fact of await stillMissing(facts)) note(drift, fact)
    waiting.splice(0, count)
  }

  const lookAgainAtDue = async (): Promise<void> => {
    for (;;) {
      const young = waiting.findIndex((one) => !hasWaited(one))
      const due = Math.min(togetherMax, young === -1 ? waiting.length : young)
      if (due === 0) return
      await lookAgain(due)
    }
  }

  const waitAndLookAgain = async (): Promise<void> => {
    const last = waiting.at(-1)
    if (last === undefined) return
    const sinceMs = Math.abs(now() - last.noticedAt)
    await pacing.pause(Math.max(0, graceMs - sinceMs))
    while (waiting.length > 0) await lookAgain(togetherMax)
  }

  return {
    add: async (missing, noticedAt) => {
      waiting.push(...missing.map((fact) => ({ fact, noticedAt })))
      if (waiting.length >= waitingCountMax) await waitAndLookAgain()
      else await lookAgainAtDue()
    },
    found: () => copyOf(drift),
    finish: async () => {
      await waitAndLookAgain()
      return drift
    },
  }
}

function note(drift: Drift, fact: StripeFact): void {
  const name = seriesNameOf(fact.counter, fact.label)
  drift.count += 1
  drift.series[name] = (drift.series[name] ?? 0) + 1
  if (drift.keys.length < keyCountMax) drift.keys.push(fact.proof.key)
}

function copyOf(drift: Drift = { count: 0, series: {}, keys: [] }): Drift {
  return { count: drift.count, series: { ...drift.series }, keys: [...drift.keys] }
}
