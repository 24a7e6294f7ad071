import { expect, test } from 'vitest'
import { createReadAccount } from '../../../src/ledger/read/own-account.ts'
import { openSqliteLedger } from '../../support/open-test-ledger.ts'

test('the account is asked for until a replica has learnt it, and then known without the ledger', async () => {
  const { queries } = (await openSqliteLedger()).database
  const readAccount = createReadAccount(queries)
  const learn = (account: string | null) => queries.updateTable('ledger').set({ account }).execute()
  await learn(null)
  expect(await readAccount()).toBeNull()
  await learn('acct_9')
  expect(await readAccount()).toBe('acct_9')
  await queries.deleteFrom('ledger').execute()
  expect(await readAccount()).toBe('acct_9')
  expect(await createReadAccount(queries)()).toBeNull()
})
