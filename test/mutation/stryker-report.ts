import { z } from 'zod'
import { explainedSurvivors } from './explained-survivors.ts'

const fileSchema = z.object({
  source: z.string(),
  mutants: z.array(
    z.object({
      mutatorName: z.string(),
      replacement: z.string().optional(),
      status: z.string(),
      location: z.object({ start: z.object({ line: z.int() }) }),
    }),
  ),
})

const reportSchema = z.object({ files: z.record(z.string(), fileSchema) })

interface Survivor {
  readonly at: string
  readonly line: string
  readonly replacement: string
}

/** What became of the mutants of one file. */
export interface FileResult {
  readonly file: string
  readonly killed: number
  readonly late: number
  readonly explained: number
  readonly survived: number
  /** Killed of those that are not explained; 100 where there are none. */
  readonly percent: number
  readonly survivors: readonly Survivor[]
}

/** Reads what Stryker reported of a file, without mutants that only run while a module loads. */
export function readStrykerReport(text: string, file: string): FileResult {
  const report = reportSchema.parse(JSON.parse(text)).files[file]
  const mutants = report?.mutants ?? []
  const lines = report?.source.split('\n') ?? []
  const of = (...statuses: readonly string[]) =>
    mutants.filter(({ status }) => statuses.includes(status))
  const alive = of('Survived', 'NoCoverage').map(
    ({ location: { start }, mutatorName, replacement = '' }): Survivor => ({
      at: `${file}:${start.line} ${mutatorName}`,
      line: lines[start.line - 1]?.trim() ?? '',
      replacement,
    }),
  )
  const survivors = alive.filter((survivor) => !isExplained(file, survivor))
  const [killed, late, survived] = [of('Killed').length, of('Timeout').length, survivors.length]
  const all = killed + late + survived
  const percent = all === 0 ? 100 : Math.round((100 * (killed + late)) / all)
  return { file, killed, late, explained: alive.length - survived, survived, percent, survivors }
}

function isExplained(file: string, { line, replacement }: Survivor): boolean {
  return explainedSurvivors.some(
    (one) => one.file === file && one.line === line && one.replacement === replacement,
  )
}
