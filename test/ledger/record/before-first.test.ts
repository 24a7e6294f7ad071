import { expect, test } from 'vitest'
import { createLedger } from '../../../src/ledger/record/ledger.ts'
import { payment } from '../../support/facts.ts'
import { openMemoryLedger } from '../../support/memory-database.ts'
import { genesis } from '../../support/open-test-ledger.ts'

/** A ledger that does this work before its first fact. */
async function openWith(beforeFirst: () => Promise<void>) {
  const { database, identity } = await openMemoryLedger()
  const ledger = createLedger({
    database,
    shards: [0],
    identity,
    now: () => genesis,
    onCommitted: () => undefined,
    beforeFirst,
  })
  return { ledger, recorded: () => ledger.hasFact('payment:success:a') }
}

test('no fact is recorded until the work before the first is done, once for all that wait', async () => {
  const work = Promise.withResolvers<void>()
  let times = 0
  const { ledger, recorded } = await openWith(() => {
    times += 1
    return work.promise
  })
  const outcomes = ['a', 'b'].map((id) => ledger.record(payment(id)))
  await new Promise(setImmediate)
  await ledger.idle()
  expect([times, await recorded()]).toEqual([1, false])
  work.resolve()
  expect(await Promise.all(outcomes)).toEqual(['new', 'new'])
  expect(await ledger.record(payment('c'))).toBe('new')
  expect(times).toBe(1)
})

test('if that work fails no fact is recorded, and the next one tries it again', async () => {
  let times = 0
  const cause = new Error('no room for the mark')
  const { ledger, recorded } = await openWith(async () => {
    times += 1
    if (times <= 2) throw cause
  })
  for (const _failure of [1, 2])
    await expect(ledger.record(payment('a'))).rejects.toMatchObject({
      code: 'not_committed',
      cause,
    })
  expect(await recorded()).toBe(false)
  expect(await ledger.record(payment('a'))).toBe('new')
  expect(await ledger.record(payment('b'))).toBe('new')
  expect(times).toBe(3)
})

test('an object of before the ledger needs no such work', async () => {
  const { ledger } = await openWith(() => Promise.reject(new Error('it ran')))
  const old = payment('old', 'success', { objectCreatedAt: genesis - 1 })
  expect(await ledger.record(old)).toBe('before_genesis')
})
