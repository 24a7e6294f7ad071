import type { Total } from '../../src/ledger/fact.ts'
import type { AppliedTotals } from '../../src/ledger/leader/exposition.ts'

/** Counters that stand wherever they were raised to. */
export function raisedCounters(): AppliedTotals {
  let exposed: readonly Total[] = []
  let hasEnded = false
  return {
    apply: (totals) => {
      exposed = totals
    },
    applyFrom: async (read) => {
      exposed = await read()
      return !hasEnded
    },
    end: () => {
      hasEnded = true
    },
    get canExpose() {
      return !hasEnded
    },
    exposed: () => exposed,
  }
}
