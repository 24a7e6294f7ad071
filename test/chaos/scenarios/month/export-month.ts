import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { runEntry } from '../../../support/service.ts'
import type { Month } from './sources.ts'

/** What is read of an exported fact. */
const factSchema = z.object({
  key: z.string(),
  counter: z.string(),
  label: z.string(),
  amount_minor: z.coerce.number(),
  currency: z.string().nullable(),
})

export type ExportedFact = z.infer<typeof factSchema>

/** Exports every month that there is, beside the running service. Throws with its words when that fails. */
export async function exportMonth(
  month: Month,
  format: 'csv' | 'jsonl',
): Promise<readonly ExportedFact[]> {
  const { genesisSeconds } = await month.place.readBooks()
  const facts: ExportedFact[] = []
  for (const name of monthsSince(genesisSeconds)) {
    const file = join(month.bed.folder, `${name}.${format}`)
    const args = ['export', '--month', name, '--format', format, '--to', file]
    const { exitCode, text } = await runOn(month, args)
    if (exitCode !== 0) throw new Error(`"npm run export" ended with ${exitCode}: ${text}`)
    const lines = readFileSync(file, 'utf8').split(/\r?\n/).slice(0, -1)
    facts.push(...(format === 'csv' ? readCsv(lines) : lines.map((line) => JSON.parse(line))))
    rmSync(file)
  }
  return z.array(factSchema).parse(facts)
}

/** Runs a command of the service where the ledger is now. */
export async function runOn({ chaos, bed, place }: Month, args: readonly string[]) {
  const environment = { ...bed.settings, DATABASE_URL: place.url }
  const running = runEntry(chaos.stack, { folder: bed.folder, environment }, args)
  const exitCode = await running.exited
  return { exitCode, text: running.outputText() + running.errorText() }
}

/** A month ends while a run that began in it goes on. */
function monthsSince(genesisSeconds: number): readonly string[] {
  const ends = [genesisSeconds * 1000, Date.now()].map((at) =>
    new Date(at).toISOString().slice(0, 7),
  )
  return [...new Set(ends)]
}

/** No cell that is read has a comma or a quote. */
function readCsv([header = '', ...lines]: readonly string[]) {
  const columns = header.split(',')
  return lines.map((line) => {
    const cells = line.split(',')
    if (cells.length !== columns.length) throw new Error(`${columns.length} cells wanted: ${line}`)
    return Object.fromEntries(columns.map((column, at) => [column, cells[at]]))
  })
}
