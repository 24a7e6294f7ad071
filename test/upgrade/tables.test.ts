import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Engine } from '../../src/database/engine.ts'
import { migrate } from '../../src/database/migrate.ts'
import { type LedgerDatabase, openDatabase } from '../../src/database/open.ts'
import type { Schema } from '../../src/database/schema.ts'
import { readReconcileReport } from '../../src/stripe/sync/reconcile-report.ts'
import { createSyncState } from '../../src/stripe/sync/sync-state.ts'
import { engines } from '../support/open-test-ledger.ts'
import { layFormerShop } from './fixture.ts'

/** What a table was called, and its columns, where they had another name. */
const renamed: Readonly<Record<string, { table?: string; columns?: Record<string, string> }>> = {
  facts: {},
  totals: { columns: { stripe: 'shard' } },
  hourly: { columns: { stripe: 'shard' } },
  ledger: {
    columns: {
      series: 'generation',
      series_began_at: 'generation_began_at',
      ended_series: 'ended_generation',
      population: 'mode',
      voice_token: 'lease_token',
      voice_until: 'lease_until',
      silenced_at: 'replica_seen_at',
    },
  },
  rounds: { table: 'sync_state' },
  unreadable_events: { table: 'dead_letters' },
  campaigns: {},
  posts: { columns: { settled_at: 'finished_at' } },
  channels: {},
}

type Row = Readonly<Record<string, unknown>>

describe.each(engines)('the tables of the version before the renames, on %s', (engine) => {
  test('are brought up to date with every row and value, under the present names', async () => {
    const { queries } = await openFormer(engine)
    await expectAllCarriedOver(queries, engine)
    const [{ report } = { report: undefined }] = await rowsOf(queries, 'sync_state', 'reconcile')
    expect(String(report)).toContain('"orphans":')
  })

  test('are brought up to date from the first migration on', async () => {
    const { queries } = await openFormer(engine)
    for (const statement of [
      'alter table ledger drop column ended_series',
      'alter table ledger drop column silenced_at',
      "delete from kysely_migration where name > '0001-opening'",
    ])
      await sql.raw(statement).execute(queries)
    await expectAllCarriedOver(queries, engine)
    const row = await queries.selectFrom('ledger').selectAll().executeTakeFirst()
    expect(row).toMatchObject({ generation: 1, ended_generation: null, replica_seen_at: 0 })
  })

  test('keep the report of the last reconcile, which no other has to be made for', async () => {
    const { queries } = await openFormer(engine)
    await migrate(queries, engine)
    const state = await createSyncState(queries, () => sql<number>`${Date.now()}`).read('reconcile')
    expect(readReconcileReport(state)).toMatchObject({
      isWide: true,
      orphans: { absent: 0, changed: 0, notLookedUp: 0, keys: [] },
    })
  })
})

async function openFormer(engine: Engine): Promise<LedgerDatabase> {
  const { folder, environment } = await layFormerShop(engine)
  const database = await openDatabase(
    engine === 'sqlite'
      ? { engine, path: join(folder, 'data', 'sandbox.db') }
      : { engine, url: environment.DATABASE_URL ?? '' },
  )
  onTestFinished(() => database.close())
  return database
}

async function expectAllCarriedOver(queries: Kysely<Schema>, engine: Engine): Promise<void> {
  const before = new Map<string, readonly Row[]>()
  for (const name of Object.keys(renamed)) before.set(name, await rowsOf(queries, name))
  await migrate(queries, engine)
  for (const [name, { table = name, columns = {} }] of Object.entries(renamed)) {
    const rows = before.get(name) ?? []
    expect(rows.length, name).toBeGreaterThan(0)
    const after = await rowsOf(queries, table)
    expect(after).toHaveLength(rows.length)
    for (const row of rows)
      expect(after).toContainEqual(expect.objectContaining(toPresent(row, columns)))
  }
}

function toPresent(row: Row, columns: Readonly<Record<string, string>>): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [columns[name] ?? name, toPresentValue(value)]),
  )
}

function toPresentValue(value: unknown): unknown {
  if (value === 'sandbox') return 'emulator'
  return typeof value === 'string' ? value.replace('"extras":', '"orphans":') : value
}

async function rowsOf(
  queries: Kysely<Schema>,
  table: string,
  name?: string,
): Promise<readonly Row[]> {
  const where = name === undefined ? sql`` : sql` where name = ${name}`
  const { rows } = await sql<Row>`select * from ${sql.table(table)}${where}`.execute(queries)
  return rows
}
