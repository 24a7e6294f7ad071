import { hash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import type { Databases } from './copy-table.ts'
import { readPages } from './read-pages.ts'
import type { MovedTable, Row } from './tables.ts'

/** What one side of a move holds of a table. */
interface Content {
  readonly rows: number
  /** The sum over all rows of a hash of each row's every value, so that it depends on no order. */
  readonly checksum: bigint
}

export interface TableComparison {
  readonly table: string
  readonly source: Content
  readonly target: Content
  readonly isEqual: boolean
}

/**
 * Reads a table on both sides again and compares the number of rows and their checksums. Each row is hashed with all of
 * its values: on SQLite by this process, in PostgreSQL by the server, from what each has stored.
 */
export async function compareTable(
  { source, target }: Databases,
  table: MovedTable,
): Promise<TableComparison> {
  const there = readTarget(target, table)
  const [one, other] = await Promise.all([readSource(source, table), there])
  const isEqual = one.rows === other.rows && one.checksum === other.checksum
  return { table: table.name, source: one, target: other, isEqual }
}

/** 60 bits, which PostgreSQL's bigint holds. */
const hexDigits = 15

async function readSource(source: Kysely<Schema>, table: MovedTable): Promise<Content> {
  let rows = 0
  let checksum = 0n
  for await (const page of readPages(source, table)) {
    rows += page.length
    for (const row of page) checksum += hashOf(table, row)
  }
  return { rows, checksum }
}

/** Every value with its length, so that no two rows have the same text. */
function hashOf({ columns }: MovedTable, row: Row): bigint {
  const parts = columns.map(({ name }) => {
    const value = row[name] ?? null
    return value === null ? '-' : `+${Buffer.byteLength(String(value))}:${value}`
  })
  return BigInt(`0x${hash('sha256', parts.join('')).slice(0, hexDigits)}`)
}

/** The same in SQL. */
async function readTarget(target: Kysely<Schema>, { name, columns }: MovedTable): Promise<Content> {
  const parts = columns.map((column) => {
    const text = sql`${sql.ref(column.name)}::text`
    return sql`coalesce('+' || octet_length(${text}) || ':' || ${text}, '-')`
  })
  const { rows } = await sql<{ count: number; checksum: string }>`
    select count(*) as count, coalesce(sum(
      ('x' || substr(encode(sha256(convert_to(${sql.join(parts, sql` || `)}, 'UTF8')), 'hex'), 1, ${sql.lit(hexDigits)}))::bit(60)::bigint
    ), 0)::text as checksum from ${sql.table(name)}`.execute(target)
  const [row] = rows
  return { rows: Number(row?.count ?? 0), checksum: BigInt(row?.checksum ?? 0) }
}
