import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { moveLedger } from '../../../src/commands/move-ledger.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { type DatabaseLocation, openDatabase } from '../../../src/database/open.ts'
import { AppError } from '../../../src/errors.ts'
import { payment } from '../../support/facts.ts'
import { urlOf } from '../../support/location.ts'
import { openSqliteLedger } from '../../support/open-test-ledger.ts'
import { temporaryDatabase } from '../../support/postgres.ts'
import { runCommand } from '../../support/run-command.ts'
import { runEntry } from '../../support/service.ts'
import { webhooksOnly } from '../../support/start-test-app.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { testStack } from '../../support/test-stack.ts'

/** More than two pages of facts. */
const factCount = 11_000
const preload = new URL('kill-at-statement.mjs', import.meta.url).href

/** The path of a stopped ledger with many facts, to be copied for each attempt. */
export async function leaveManyFacts(): Promise<string> {
  const { ledger, database, path } = await openSqliteLedger()
  const facts = Array.from({ length: factCount }, (_, index) => payment(`pi_${index}_ü`))
  for (let at = 0; at < facts.length; at += 1_000)
    await Promise.all(facts.slice(at, at + 1_000).map((fact) => ledger.record(fact)))
  await database.close()
  return path
}

export interface Sides {
  readonly file: DatabaseLocation
  readonly postgres: DatabaseLocation & { readonly url: string }
}

/** A copy of a stopped ledger, and an empty database. */
export async function openSides(original: string): Promise<Sides> {
  const path = join(temporaryFolder(), 'ledger.db')
  copyFileSync(original, path)
  const url = await temporaryDatabase()
  return { file: { engine: 'sqlite', path }, postgres: { engine: 'postgres', url } }
}

/** Whether the move was killed; false if it ended before that statement. */
export async function moveKilled(
  { file, postgres }: Sides,
  statement: number,
  when: 'after' | 'sent',
): Promise<boolean> {
  const environment = {
    ...webhooksOnly,
    DATABASE_URL: urlOf(file),
    KILL_AT_STATEMENT: String(statement),
    KILL_WHEN: when,
  }
  const running = runEntry(
    testStack(),
    { folder: temporaryFolder(), environment, nodeArgs: [`--import=${preload}`] },
    ['move-ledger', '--to', postgres.url],
  )
  const exitCode = await running.exited
  if (exitCode !== null) expect(running.errorText()).toContain('comparing both sides')
  return exitCode === null
}

/** The same command to its end. */
export function moveOn({ file, postgres }: Sides, ...args: readonly string[]) {
  const environment = { ...webhooksOnly, DATABASE_URL: urlOf(file) }
  return runCommand(moveLedger, environment, args.length > 0 ? args : ['--to', postgres.url])
}

/** Whether a service would start on it and find this ledger. */
export async function isStartable(location: DatabaseLocation): Promise<boolean> {
  const database = await openDatabase(location)
  try {
    await migrate(database.queries, database.engine)
    const row = await database.queries.selectFrom('ledger').selectAll().executeTakeFirst()
    return row?.ledger_id === 'ledger01' && row.mode === 'test'
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'ledger_mismatch') return false
    throw cause
  } finally {
    await database.close()
  }
}

/** Which sides a service would start on. */
export async function startable({ file, postgres }: Sides): Promise<readonly string[]> {
  const sides = [
    { name: 'file', can: await isStartable(file) },
    { name: 'postgres', can: await isStartable(postgres) },
  ]
  return sides.filter(({ can }) => can).map(({ name }) => name)
}
