import { expect, test } from 'vitest'
import { engines, openTestLedger } from '../support/open-test-ledger.ts'
import { readTable } from './document.ts'

test.each(engines)(
  'docs/privacy.md lists every table and column of a ledger on %s',
  async (engine) => {
    const { database } = await openTestLedger(engine)
    const tables = await database.queries.introspection.getTables({
      withInternalKyselyTables: true,
    })
    const real = tables.flatMap(({ name, columns }) => columns.map((one) => `${name}.${one.name}`))
    expect(real.length).toBeGreaterThan(60)
    const rows = readTable('What the ledger keeps')
    const written = rows
      .filter(([table]) => engine === 'postgres' || !isOfPostgres(table))
      .flatMap(columnsOf)
    expect(written.toSorted()).toEqual(real.toSorted())
  },
)

test('each row of the table says whether, how long, and what an erasure needs', () => {
  const rows = readTable('What the ledger keeps')
  expect(rows.filter((row) => row.length !== 5 || row.includes(''))).toEqual([])
  const marks = new Set(rows.map(([, , canBePersonal]) => canBePersonal))
  expect([...marks].toSorted()).toEqual(['no', 'possible', 'pseudonym'])
})

function isOfPostgres(table = ''): boolean {
  return table.endsWith('on PostgreSQL alone')
}

function columnsOf([table = '', columns = '']: readonly string[]): readonly string[] {
  const [, name] = /^`(\w+)`/.exec(table) ?? []
  return [...columns.matchAll(/`(\w+)`/g)].map(([, column]) => `${name}.${column}`)
}
