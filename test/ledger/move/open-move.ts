import type { Kysely } from 'kysely'
import { onTestFinished } from 'vitest'
import { openDatabase } from '../../../src/database/open.ts'
import type { Schema } from '../../../src/database/schema.ts'
import { beginMove } from '../../../src/ledger/move/begin.ts'
import { moveTables } from '../../../src/ledger/move/move.ts'
import { readTables } from '../../../src/ledger/move/tables.ts'
import { payment } from '../../support/facts.ts'
import { openSqliteLedger, temporaryLocation } from '../../support/open-test-ledger.ts'

export const places = { from: 'ledger.db', to: 'postgres://db/app' }

export function now(): number {
  return 1_000
}

/** An empty PostgreSQL. */
export async function openTarget(): Promise<Kysely<Schema>> {
  const database = await openDatabase(await temporaryLocation('postgres'))
  onTestFinished(() => database.close())
  return database.queries
}

/** A SQLite ledger of three facts, an empty PostgreSQL, and a move between them. */
export async function openMove() {
  const { ledger, database } = await openSqliteLedger()
  await Promise.all(['a', 'b', 'c'].map((id) => ledger.record(payment(id))))
  const source = database.queries
  const target = await openTarget()
  const lines: string[] = []
  const move = (to = target) =>
    moveTables({ source, target: to, places, now, report: (line) => lines.push(line) })
  const begin = async () => beginMove({ source, target }, await readTables(source), places, now)
  return { source, target, lines, move, begin }
}

/** The mode of a side: `test` where a service would start on it. */
export async function modeOf(queries: Kysely<Schema>): Promise<string> {
  return (await queries.selectFrom('ledger').select('mode').executeTakeFirstOrThrow()).mode
}

export function factsOf(queries: Kysely<Schema>) {
  return queries.selectFrom('facts').selectAll().orderBy('key').execute()
}
