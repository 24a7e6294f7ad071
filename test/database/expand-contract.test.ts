import { type Kysely, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Engine } from '../../src/database/engine.ts'
import { type Migrations, migrationsFor } from '../../src/database/migrate.ts'
import { kindOf } from '../../src/database/schema-version.ts'
import { engines } from '../support/open-test-ledger.ts'
import { previousRelease } from '../support/previous-release.ts'
import { recordStatements } from '../support/record-statements.ts'

/** Before this number, no two releases used one ledger at once. */
const firstHeld = 9

describe.each(engines)('the migrations on %s', (engine: Engine) => {
  const migrations = migrationsFor(engine)

  test('are numbered one after the other', () => {
    expect(Object.keys(migrations).map((name) => kindOf(name).number)).toEqual(
      Object.keys(migrations).map((_, at) => at + 1),
    )
  })

  test('only add, unless they are marked as the contract of a release that is out', async () => {
    expect(await findBreaches(engine, migrations)).toEqual([])
  })
})

describe('a migration is refused that', () => {
  test.each([
    ['drops a column', 'alter table posts drop column receipt'],
    ['drops a table', 'drop table channels'],
    ['renames a column', 'alter table posts rename column receipt to proof'],
    ['renames a table', 'alter table posts rename to messages'],
    ['changes a type', 'alter table posts alter column receipt type bigint'],
    ['adds what must be given', 'alter table posts add column note text not null'],
    ['adds a constraint', 'alter table posts add constraint few check (attempts < 9)'],
    ['makes a present column unique', 'create unique index one on posts (receipt)'],
    ['changes what is stored', "update posts set state = 'gone'"],
    ['deletes what is stored', 'delete from channels'],
    ['fills a table that was there', "insert into channels values ('news', 0, 0, '')"],
    ['hides a second statement', 'create table notes (id text); drop table posts'],
    ['has a trigger', 'create trigger one after insert on facts begin select 1; end'],
  ])('%s', async (_, statement) => {
    expect(await findBreaches('postgres', { '0009-notes': migration(statement) })).toEqual([
      `0009-notes: ${statement}`,
    ])
    const marked = { '0009-contract-0008-notes': migration(statement) }
    expect(await findBreaches('postgres', marked)).toEqual([])
  })

  test('is the contract of a release that is not out yet', async () => {
    const early = { '0011-contract-0010-notes': migration('alter table posts drop column receipt') }
    expect(await findBreaches('postgres', early)).toEqual([
      '0011-contract-0010-notes: releases of schema 8 are in use',
    ])
  })
})

test.each([
  [
    'a table, its indexes and its rows',
    [
      'create table notes (id text primary key)',
      'create unique index one on notes (id)',
      "insert into notes values ('a')",
    ],
  ],
  ['a column that may be null', ['alter table posts add column note text']],
  ['a column with a default', ["alter table posts add column note text not null default ''"]],
  ['an index', ['create index posts_notes on posts (receipt)']],
])('a migration may add %s', async (_, statements) => {
  expect(await findBreaches('postgres', { '0009-notes': migration(...statements) })).toEqual([])
})

/** What a replica of the release before could not live with, as "migration: statement". */
async function findBreaches(engine: Engine, migrations: Migrations): Promise<readonly string[]> {
  const breaches: string[] = []
  for (const [name, { up }] of Object.entries(migrations)) {
    const { number, needed } = kindOf(name)
    if (number < firstHeld) continue
    if (needed > previousRelease.schema)
      breaches.push(`${name}: releases of schema ${previousRelease.schema} are in use`)
    if (needed > 0) continue
    const statements = await recordStatements(engine, up)
    expect(statements, name).not.toEqual([])
    const made = new Set(statements.map((one) => /^create table (\w+)/.exec(one)?.[1] ?? ''))
    const isHarmful = (statement: string) => !onlyAdds(statement, made)
    breaches.push(...statements.filter(isHarmful).map((one) => `${name}: ${one}`))
  }
  return breaches
}

/** Whether every release before can go on beside it; `made` are the migration's own tables. */
function onlyAdds(statement: string, made: ReadonlySet<string>): boolean {
  if (statement.replace(/;\s*$/, '').includes(';')) return false
  const isOwn = (pattern: RegExp) => made.has(pattern.exec(statement)?.[1] ?? 'none')
  return (
    /^(create table|create index|select)\b/.test(statement) ||
    isOwn(/^create unique index \w+ on (\w+)/) ||
    isOwn(/^insert into (\w+)/) ||
    (/^alter table \w+ add column \w+/.test(statement) &&
      (!/\bnot null\b/.test(statement) || /\bdefault\b/.test(statement)) &&
      !/\b(unique|primary key|references|check)\b/.test(statement))
  )
}

function migration(...statements: readonly string[]) {
  return {
    up: async (database: Kysely<unknown>): Promise<void> => {
      for (const statement of statements) await sql.raw(statement).execute(database)
    },
  }
}
