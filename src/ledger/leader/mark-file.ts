import { z } from 'zod'
import { counterNames } from '../../../instrumentation/counters.ts'
import { AppError, messageOf } from '../../errors.ts'
import type { Total } from '../fact.ts'
import { readIfThere, replaceFile } from './replace-file.ts'

/** The highest totals that a series ever exposed. */
export interface HighWaterMark {
  readonly seriesId: string
  readonly totals: readonly Total[]
}

const contentSchema = z.object({
  series_id: z.string().min(1),
  totals: z.array(
    z.object({
      counter: z.enum(counterNames),
      label: z.string(),
      total: z.int().nonnegative(),
    }),
  ),
})

/** Undefined if there is no file. Throws `database_unavailable` if it cannot be parsed. */
export async function readMark(path: string): Promise<HighWaterMark | undefined> {
  try {
    const text = await readIfThere(path)
    if (text === undefined) return undefined
    const { series_id: seriesId, totals } = contentSchema.parse(JSON.parse(text))
    return { seriesId, totals }
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** When it returns, the mark is on disk. Throws `database_unavailable`. */
export function writeMark(path: string, { seriesId, totals }: HighWaterMark): void {
  try {
    replaceFile(path, `${JSON.stringify({ series_id: seriesId, totals })}\n`)
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `the high-water mark ${path} cannot be written (${messageOf(cause)}): let this user write there, and make room on the disk`,
      { cause },
    )
  }
}

function unreadable(path: string, cause: unknown): AppError {
  return new AppError(
    'database_unavailable',
    `the high-water mark ${path} cannot be parsed (${reasonOf(cause)}): ` +
      'put it back from a backup of its own time, or run "npm run recover -- --yes" to begin a new series',
    { cause },
  )
}

function reasonOf(cause: unknown): string {
  return cause instanceof z.ZodError
    ? cause.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    : messageOf(cause)
}
