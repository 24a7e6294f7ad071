import type { Total } from '../fact.ts'

/** One series as counted in the facts, the committed totals and this process. */
export interface ComparedTotal {
  readonly counter: string
  readonly label: string
  readonly facts: number
  readonly committed: number
  /** Null if this process exposes nothing. */
  readonly exposed: number | null
}

/** Compares facts, committed and exposed totals, for every series that is exposed or committed. */
export function compareTotals({
  facts,
  committed,
  shown,
  isShown,
}: {
  /** By "counter label". */
  readonly facts: ReadonlyMap<string, number>
  readonly committed: readonly Total[]
  /** Includes every label of the contract. */
  readonly shown: readonly Total[]
  readonly isShown: boolean
}): ComparedTotal[] {
  const committedByName = byName(committed)
  const shownByName = byName(shown)
  const series = new Map([...shown, ...committed].map((total) => [nameOf(total), total]))
  return [...series].map(([name, { counter, label }]) => ({
    counter,
    label,
    facts: facts.get(name) ?? 0,
    committed: committedByName.get(name) ?? 0,
    exposed: isShown ? (shownByName.get(name) ?? 0) : null,
  }))
}

function byName(totals: readonly Total[]): ReadonlyMap<string, number> {
  return new Map(totals.map((total) => [nameOf(total), total.total]))
}

function nameOf({ counter, label }: Total): string {
  return `${counter} ${label}`
}
