import { median } from '../programs.ts'
import type { Sample } from './run-file.ts'

type Conditions = Readonly<Record<string, number>>

/** Which samples: those of a subject in a table, under exactly these conditions. */
export interface Selection {
  readonly table: string
  readonly subject: string
  readonly conditions?: Conditions
}

/** The figure in each round, by its number. */
export function roundsOf(
  samples: readonly Sample[],
  { table, subject, conditions = {} }: Selection,
  figure: string,
): ReadonlyMap<number, number> {
  const own = samples.filter(
    (one) =>
      one.table === table &&
      one.subject === subject &&
      conditionsKey(one.conditions) === conditionsKey(conditions),
  )
  return new Map(
    own.flatMap(({ round, figures }) => {
      const value = figures[figure]
      return value === undefined ? [] : [[round, value] as const]
    }),
  )
}

/** The median of the rounds; undefined if nothing was measured. */
export function medianOf(
  samples: readonly Sample[],
  selection: Selection,
  figure: string,
): number | undefined {
  const values = [...roundsOf(samples, selection, figure).values()]
  return values.length === 0 ? undefined : median(values)
}

/** Equal for equal conditions. */
export function conditionsKey(conditions: Conditions): string {
  return JSON.stringify(Object.entries(conditions).toSorted())
}
