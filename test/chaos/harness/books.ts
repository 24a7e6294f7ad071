import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** What stands in the ledger, read past our code. */
export interface Books {
  readonly ledgerId: string
  readonly generation: number
  /** Whole seconds. */
  readonly genesisSeconds: number
  readonly facts: readonly FactEntry[]
  /** By series, as a page names them. */
  readonly totals: ReadonlyMap<string, number>
  readonly hourly: ReadonlyMap<string, number>
  /** State of each post by its id. */
  readonly posts: ReadonlyMap<string, string>
}

export interface FactEntry {
  readonly key: string
  readonly series: string
  readonly evidence: string
  readonly source: string
}

type Row = Readonly<Record<string, unknown>>
/** Answers the rows of a query, on whichever engine. */
export type Query = (sql: string) => Promise<readonly Row[]> | readonly Row[]

const attributes: Readonly<Record<string, string>> = {
  billing_checkout_started_total: 'plan',
  billing_payments_total: 'status',
}

function seriesOf({ counter, label }: Row): string {
  const attribute = attributes[String(counter)]
  return attribute === undefined ? String(counter) : `${counter}{${attribute}="${label}"}`
}

/** Reads all of it as of one instant; `begin` starts a snapshot, which ends with the connection. */
export async function readBooks(query: Query, begin: string): Promise<Books> {
  await query(begin)
  const [ledger] = await query('select ledger_id, generation, genesis from ledger')
  const sums = async (table: string, column: string) => {
    const rows = await query(
      `select counter, label, sum(${column}) as n from ${table} group by counter, label`,
    )
    return new Map(rows.map((row) => [seriesOf(row), Number(row.n)]))
  }
  const facts = await query('select key, counter, label, evidence, source from facts')
  const posts = await query('select id, state from posts')
  return {
    ledgerId: String(ledger?.ledger_id),
    generation: Number(ledger?.generation),
    genesisSeconds: Math.floor(Number(ledger?.genesis) / 1000),
    facts: facts.map((row) => ({
      key: String(row.key),
      series: seriesOf(row),
      evidence: String(row.evidence),
      source: String(row.source),
    })),
    totals: await sums('totals', 'total'),
    hourly: await sums('hourly', 'count'),
    posts: new Map(posts.map((row) => [String(row.id), String(row.state)])),
  }
}

/** Copies a SQLite ledger with its write-ahead log. Only for a ledger without a writer. */
function copyLedger(path: string, folder: string): string {
  const copy = join(mkdtempSync(join(folder, 'copy-')), 'ledger.db')
  for (const suffix of ['', '-wal'])
    if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  return copy
}

/** Queries a copy of a SQLite ledger whose process is gone: recovery is left to the next one. */
export async function withCopy<T>(
  path: string,
  folder: string,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const copy = copyLedger(path, folder)
  const database = new DatabaseSync(copy)
  try {
    return await work((sql) => database.prepare(sql).all())
  } finally {
    database.close()
    rmSync(join(copy, '..'), { recursive: true, force: true })
  }
}

/** Queries a SQLite ledger beside the process that writes to it. */
export async function withLedger<T>(path: string, work: (query: Query) => Promise<T>): Promise<T> {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  try {
    return await work((sql) => database.prepare(sql).all())
  } finally {
    database.close()
  }
}
