import { expect, test } from 'vitest'
import { tieAccount } from '../../src/ledger/identity.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import { waitForLock } from '../support/wait-for-lock.ts'

test('an account does not replace the one that another process ties at the same time', async () => {
  const { database } = await openTestLedger('postgres')
  const { queries } = database
  await queries.updateTable('ledger').set({ account: null }).execute()
  const tied = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const other = queries.transaction().execute(async (transaction) => {
    await transaction.updateTable('ledger').set({ account: 'acct_first' }).execute()
    tied.resolve()
    await release.promise
  })
  await tied.promise
  const refused = expect(tieAccount(queries, 'acct_second')).rejects.toMatchObject({
    code: 'ledger_mismatch',
  })
  await waitForLock(queries).finally(release.resolve)
  await other
  await refused
  expect(await queries.selectFrom('ledger').select('account').execute()).toEqual([
    { account: 'acct_first' },
  ])
})
