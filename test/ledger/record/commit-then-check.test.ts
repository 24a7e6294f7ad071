import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { payment } from '../../support/facts.ts'
import { openSqliteLedger } from '../../support/open-test-ledger.ts'

test('a fact whose log is removed while it is being committed is not acknowledged', async () => {
  const { ledger, database, path } = await openSqliteLedger()
  expect(await ledger.record(payment('before'))).toBe('new')
  database.raw.function('remove_log', () => {
    rmSync(`${path}-wal`)
    return null
  })
  database.raw.exec(
    'create temp trigger lose after insert on main.facts begin select remove_log(); end',
  )
  await expect(ledger.record(payment('lost'))).rejects.toMatchObject({ code: 'not_committed' })
})
