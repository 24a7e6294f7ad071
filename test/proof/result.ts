import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** The committed result. */
export const resultFile = join(import.meta.dirname, 'result.json')

const recordSchema = z.strictObject({
  outcome: z.enum(['passed', 'failed']),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  /** When the run began. */
  date: z.iso.datetime(),
  minutes: z.number(),
  command: z.string(),
  machine: z.strictObject({
    cpus: z.int(),
    node: z.string(),
    platform: z.string(),
    /** Of the minute before the run: figures of a busy machine are worth less. */
    loadAverage: z.number(),
  }),
  seed: z.int().nullable(),
  figures: z.record(z.string(), z.json()),
  /** The sha256 of the files of each glob. */
  sources: z.record(z.string(), z.string()),
  /** Why it may stay as it is with these sources, although it failed or ran with older ones. */
  accepted: z
    .strictObject({
      reason: z.string().min(10),
      date: z.iso.datetime(),
      commit: z.string(),
      sources: z.record(z.string(), z.string()),
    })
    .optional(),
})

const resultSchema = z.strictObject({ parts: z.record(z.string(), recordSchema) })

/** What is known of the last run of a part. */
export type PartRecord = z.infer<typeof recordSchema>
export type ProofResult = z.infer<typeof resultSchema>

/** Reads a result; an empty one where there is no file yet. */
export function readResult(file: string): ProofResult {
  return existsSync(file)
    ? resultSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    : { parts: {} }
}

/** Adds records to a result, whole or not at all. What other runs wrote meanwhile stays. */
export function mergeRecords(file: string, records: Readonly<Record<string, PartRecord>>): void {
  const merged = { ...readResult(file).parts, ...records }
  const sorted = Object.entries(merged).sort(([one], [other]) => (one < other ? -1 : 1))
  const text = JSON.stringify(resultSchema.parse({ parts: Object.fromEntries(sorted) }), null, 2)
  writeFileSync(`${file}.new`, `${text}\n`)
  renameSync(`${file}.new`, file)
}
