import { rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
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
  // It stands in the files that this process still has open, so that a retry would find it there.
  for (const key of ['payment:success:before', 'payment:success:lost', 'payment:success:none'])
    await expect(ledger.hasFact(key)).rejects.toMatchObject({ code: 'database_unavailable' })
})

test('a batch waits for a transaction that is open, and is not part of it', async () => {
  const { ledger, database } = await openSqliteLedger()
  const opened = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const transaction = database.queries.transaction().execute(async () => {
    opened.resolve()
    await release.promise
    throw new Error('rolled back')
  })
  const rolledBack = expect(transaction).rejects.toThrow('rolled back')
  await opened.promise
  const recorded = ledger.record(payment('a'))
  const outcome = expect(recorded).resolves.toBe('new')
  // Long enough for the batch to be gathered and to begin.
  await wait(100)
  release.resolve()
  await rolledBack
  await outcome
  expect(await ledger.readTotals()).toMatchObject([{ total: 1 }])
})
