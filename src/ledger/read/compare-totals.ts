import type { Total } from '../fact.ts'

/** One series as its three keepers have it. */
export interface ComparedTotal {
  readonly counter: string
  readonly label: string
  readonly facts: number
  readonly committed: number
  /** Null where this process shows nothing. */
  readonly exposed: number | null
}

/** Puts facts, committed totals and what is shown side by side, for every series that any of them has. */
export function compareTotals({
  facts,
  committed,
  shown,
  isShown,
}: {
  /** By "counter label". */
  readonly facts: ReadonlyMap<string, number>
  readonly committed: readonly Total[]
  /** Has every label of the contract. */
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
