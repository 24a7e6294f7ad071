import { median } from '../programs.ts'
import { type Comparison, comparisonsOf } from './comparisons.ts'
import type { BenchRun } from './run-file.ts'
import { roundsOf } from './select-samples.ts'

/** What came of a comparison: the median of the rounds, and the two ends. */
export interface Compared {
  readonly title: string
  readonly median: number
  readonly lowest: number
  readonly highest: number
  /** The same ratio of the server's CPU, for rates: the other's divided by ours. */
  readonly byCpu: number | undefined
  readonly target: string
  readonly isMet: boolean
}

/** Every comparison of a run, each within its rounds; what was not measured is left out. */
export function compareAll(run: BenchRun): readonly Compared[] {
  return comparisonsOf(run).flatMap((comparison) => compare(run, comparison) ?? [])
}

function compare(run: BenchRun, comparison: Comparison): Compared | undefined {
  const { title, figure, atLeast, atMost } = comparison
  const values = valuesOf(run, comparison)
  if (values.length === 0) return undefined
  const middle = median(values)
  const cpu = valuesOf(run, { ...comparison, figure: 'serverCpuUs' })
  return {
    title,
    median: middle,
    lowest: Math.min(...values),
    highest: Math.max(...values),
    byCpu: figure === 'perSecond' && cpu.length > 0 ? 1 / median(cpu) : undefined,
    target: atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`,
    isMet: atLeast === undefined ? middle <= (atMost ?? Number.NaN) : middle >= atLeast,
  }
}

/** What is compared, for each round. */
function valuesOf({ samples }: BenchRun, comparison: Comparison): readonly number[] {
  const { figure, ours, beside, as } = comparison
  const others = beside === undefined ? undefined : roundsOf(samples, beside, figure)
  return [...roundsOf(samples, ours, figure)].flatMap(([round, own]) => {
    if (others === undefined) return [own]
    const other = others.get(round)
    if (other === undefined) return []
    return [as === 'ratio' ? own / other : own - other]
  })
}
