import { describe, expect, test } from 'vitest'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { openIdentity, tieAccount } from '../../src/ledger/identity.ts'
import { engines, genesis, openedAt, temporaryLocation } from '../support/open-test-ledger.ts'

describe.each(engines)('the identity of a ledger on %s', (engine) => {
  const open = async () => {
    const database = await openDatabase(await temporaryLocation(engine))
    await migrate(database.queries, engine)
    return database
  }

  const opening = (account: string | null) => ({
    mode: 'test' as const,
    account,
    ...openedAt(genesis + 999),
    createLedgerId: () => crypto.randomUUID().slice(0, 8),
  })

  test('is the same for all that open it at once', async () => {
    const database = await open()
    const identities = await Promise.all(
      Array.from({ length: 5 }, () => openIdentity(database.queries, opening(null))),
    )
    expect(new Set(identities.map(({ seriesId }) => seriesId)).size).toBe(1)
    expect(identities[0]).toMatchObject({
      generation: 1,
      generationBeganAt: genesis,
      account: null,
    })
    expect(identities.map((identity) => identity.genesis.known())).toEqual(Array(5).fill(genesis))
    await database.close()
  })

  test('keeps its Stripe account where that is not known, and its genesis waits for Stripe', async () => {
    const database = await open()
    const { stripeNow: _, ...unreached } = opening('acct_1')
    const first = await openIdentity(database.queries, unreached)
    expect(first.account).toBe('acct_1')
    expect(first.genesis.known()).toBeNull()
    const again = await openIdentity(database.queries, { ...unreached, account: null })
    expect(again.account).toBe('acct_1')
    await database.close()
  })

  test('belongs to one Stripe account, even when two claim it at once', async () => {
    const database = await open()
    await openIdentity(database.queries, opening(null))
    const claims = await Promise.allSettled(
      ['acct_1', 'acct_2'].map((account) => tieAccount(database.queries, account)),
    )
    expect(claims.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    await database.close()
  })
})
