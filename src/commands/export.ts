import { type FileHandle, open } from 'node:fs/promises'
import { requireMigrated } from '../database/migrate.ts'
import { readDatabase } from '../database/open.ts'
import { AppError, messageOf } from '../errors.ts'
import { csvHeader, toCsv, toJsonLines } from '../ledger/read/export-rows.ts'
import { createReadFacts, type FactFilter, type ReadFacts } from '../ledger/read/facts.ts'
import type { CommandContext } from './command.ts'
import { type CommandDescription, readOptions, reportProgress } from './read-options.ts'

const description = {
  usage:
    'npm run export -- [--month 2026-11] [--format csv|jsonl] [--to <file>] [--after <key>] [--json]',
  about: `Writes all facts, or those that occurred in a month in UTC, newest recorded first, beside the running service and without
changing anything. Facts recorded while it runs are not in it. After an interruption, --after with the key of the last whole
line writes the rest, without a header.`,
  exitCodes: '0 done, 2 refused or failed.',
  options: {
    month: { type: 'string', value: '<month>', help: 'such as 2026-11; all facts without it' },
    format: { type: 'string', value: '<format>', default: 'csv', help: 'csv (default) or jsonl' },
    to: {
      type: 'string',
      value: '<file>',
      help: 'a new file that only its owner can read; standard output without it',
    },
    after: { type: 'string', value: '<key>', help: 'the key of the last fact already exported' },
  },
} as const satisfies CommandDescription
const { usage } = description

const factsPerPage = 1_000

/** Writes the facts of a period as CSV or lines of JSON. Resolves with 0; rejects with the reason otherwise. */
export async function exportFacts(context: CommandContext): Promise<number> {
  const options = readOptions(context, description)
  if (options === undefined) return 0
  const { month, format, to, after } = options
  if (format !== 'csv' && format !== 'jsonl')
    throw new AppError('invalid_request', `--format ${format}: use csv or jsonl\nusage: ${usage}`)
  if (options.json === true && to === undefined)
    throw new AppError('invalid_request', `--json needs --to\nusage: ${usage}`)
  const filter = toFilter(month)
  const database = await readDatabase(context.config.database)
  try {
    await requireMigrated(database.queries, database.engine)
    const readFacts = createReadFacts(database.queries, (read) => read())
    const file = to === undefined ? undefined : await createFile(to)
    try {
      const write = async (text: string) => {
        if (file !== undefined) return file.appendFile(text)
        context.print(text.trimEnd())
        if (process.stdout.errored)
          throw new AppError(
            'invalid_request',
            'the reader of standard output has gone: not all facts were written',
          )
      }
      const facts = await writePages(readFacts, filter, { format, after, write })
      await file?.sync()
      if (options.json === true) context.print(JSON.stringify({ file: to, facts }))
      else reportProgress(`${facts} facts exported`)
    } finally {
      await file?.close()
    }
    return 0
  } finally {
    await database.close()
  }
}

interface Writing {
  readonly format: 'csv' | 'jsonl'
  readonly after: string | undefined
  readonly write: (text: string) => Promise<void>
}

/** One page is in memory at a time. Resolves with the number of facts written. */
async function writePages(
  readFacts: ReadFacts,
  filter: FactFilter,
  { format, after, write }: Writing,
): Promise<number> {
  let written = 0
  let startingAfter = after
  if (after === undefined && format === 'csv') await write(csvHeader)
  for (;;) {
    const { facts, next } = await readFacts(filter, { limit: factsPerPage, startingAfter })
    if (facts.length > 0) await write(format === 'csv' ? toCsv(facts) : toJsonLines(facts))
    written += facts.length
    if (next === null) return written
    startingAfter = next
  }
}

function toFilter(month: string | undefined): FactFilter {
  if (month === undefined) return {}
  const [occurredAfter, occurredBefore] = readMonth(month)
  return { occurredAfter, occurredBefore }
}

/** The first instant of a month in UTC and that of the next. */
function readMonth(text: string): readonly [number, number] {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text) ?? []
  if (year === undefined || month === undefined)
    throw new AppError('invalid_request', `--month ${text}: give a month such as 2026-11`)
  return [Date.UTC(Number(year), Number(month) - 1), Date.UTC(Number(year), Number(month))]
}

async function createFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (cause) {
    throw new AppError(
      'invalid_request',
      `--to ${path}: ${messageOf(cause)}. An existing file is never overwritten: name another`,
      { cause },
    )
  }
}
