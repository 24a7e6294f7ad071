import { expect, test } from 'vitest'
import type { FailedAttempt } from '../../../src/ledger/record/failed-attempt.ts'
import { findMissing, readKeys } from '../../../src/stripe/sync/ledger-keys.ts'
import { payment } from '../../support/facts.ts'
import { genesis, openTestLedger } from '../../support/open-test-ledger.ts'
import { listedSuccess } from '../../support/stripe-facts.ts'

test('facts of one instant are read once each, by hundreds', async () => {
  const { ledger, database } = await openTestLedger('sqlite')
  const ids = Array.from({ length: 1_203 }, (_, index) => `pi_${index}`)
  await Promise.all(ids.map((id) => ledger.record(payment(id))))
  await ledger.record(payment('pi_early', 'success', { occurredAt: genesis }))
  await ledger.record(payment('pi_refunded', 'refunded'))
  const slice = { counter: 'billing_payments_total', label: 'success', since: genesis + 1 }
  const pages: number[] = []
  const found: string[] = []
  for await (const keys of readKeys(database.queries, slice)) {
    pages.push(keys.length)
    found.push(...keys)
  }
  expect(found.toSorted()).toEqual(ids.map((id) => `payment:success:${id}`).toSorted())
  expect(pages).toEqual([500, 500, 203])
})

test('facts that happened since an instant are read although a clock an hour behind dates their recording', async () => {
  const { ledger, database } = await openTestLedger('sqlite')
  const { queries } = database
  const since = genesis + 10 * 3_600_000
  const recordedAt = { pi_too_early: since - 3_600_001, pi_early: since - 3_600_000 }
  for (const [id, recorded_at] of Object.entries(recordedAt)) {
    await ledger.record(payment(id, 'success', { occurredAt: since }))
    const key = `payment:success:${id}`
    await queries.updateTable('facts').set({ recorded_at }).where('key', '=', key).execute()
  }
  const slice = { counter: 'billing_payments_total', label: 'success', since }
  const found: string[] = []
  for await (const keys of readKeys(queries, slice)) found.push(...keys)
  expect(found).toEqual(['payment:success:pi_early'])
})

test('facts are missing whose key the ledger has not', async () => {
  const { ledger, database } = await openTestLedger('sqlite')
  await ledger.record(payment('pi_1'))
  const facts = ['pi_1', 'pi_2'].map(listedSuccess)
  expect(await findMissing(database.queries, facts)).toEqual(facts.slice(1))
})

test('the database is asked nothing about no facts, and nothing about attempts where there are none', async () => {
  const { queries } = (await openTestLedger('sqlite')).database
  const facts = [listedSuccess('pi_1')]
  await queries.schema.dropTable('failed_attempts').execute()
  expect(await findMissing(queries, facts)).toEqual(facts)
  await queries.schema.dropTable('facts').execute()
  expect(await findMissing(queries, [])).toEqual([])
})

test('a failed attempt is not missing if the ledger has it under another key, or its twin', async () => {
  const { ledger, database } = await openTestLedger('sqlite')
  const attemptOf = (eventId: string, paymentIntent: string): FailedAttempt => ({
    eventId,
    paymentIntent,
    requestId: 'req_1',
    createdSeconds: genesis / 1000,
    charge: null,
    error: null,
  })
  const factOf = (attempt: FailedAttempt) => {
    const { eventId } = attempt
    const { counter, proof } = listedSuccess(eventId)
    const key = `payment:failed:${eventId}` as const
    return { counter, label: 'failed', proof: { ...proof, key, attempt } } as const
  }
  const [first, twin, other] = [
    factOf(attemptOf('evt_1', 'pi_1')),
    factOf(attemptOf('evt_2', 'pi_1')),
    factOf(attemptOf('evt_3', 'pi_2')),
  ]
  const { counter, label, proof } = first
  await ledger.record({ ...proof, counter, label })
  const renamed = { ...first, proof: { ...proof, key: 'payment:failed:ch_1' } } as const
  expect(await findMissing(database.queries, [renamed, twin, other])).toEqual([other])
  const alone = { ...proof.attempt, requestId: null }
  const withoutRequest = { ...renamed, proof: { ...renamed.proof, attempt: alone } } as const
  expect(await findMissing(database.queries, [withoutRequest, other])).toEqual([other])
})
