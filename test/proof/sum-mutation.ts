import { z } from 'zod'
import type { PartRecord } from './result.ts'

/** What is asked of the core as a whole, in percent of the mutants that are not explained. */
export const killedPercentMin = 90

const figuresSchema = z.object({ killed: z.int(), explained: z.int(), survived: z.int() })

/** Stryker's mutants of all files that were run. */
export interface MutationSum extends z.infer<typeof figuresSchema> {
  readonly files: number
  /** 0 where nothing was run. */
  readonly percent: number
}

/** Adds up the figures of the parts `mutation/…`. */
export function sumMutation(records: Readonly<Record<string, PartRecord>>): MutationSum {
  const figures = Object.entries(records)
    .filter(([id, { outcome }]) => id.startsWith('mutation/') && outcome === 'passed')
    .map(([, record]) => figuresSchema.parse(record.figures))
  const sum = (name: keyof z.infer<typeof figuresSchema>) =>
    figures.reduce((all, one) => all + one[name], 0)
  const [killed, survived] = [sum('killed'), sum('survived')]
  const all = killed + survived
  const percent = all === 0 ? 0 : Math.floor((100 * killed) / all)
  return { files: figures.length, killed, survived, explained: sum('explained'), percent }
}
