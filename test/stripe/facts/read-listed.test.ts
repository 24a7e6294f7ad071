import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import type { NewDeadLetter } from '../../../src/ledger/dead-letters.ts'
import {
  checkoutSessionList,
  objectReaders,
  refundList,
} from '../../../src/stripe/facts/object-registry.ts'
import { contextFor, readListed, recordListed } from '../../../src/stripe/facts/read-listed.ts'
import { listedSuccess } from '../../support/stripe-facts.ts'

const created = 1_800_000_000
const metadata = { plan: 'starter', countinghouse: 'ledger01' }
const session = { id: 'cs_1', created, metadata }
const charge = { id: 'ch_1', amount: 500, captured: true, currency: 'usd' }
const refund = {
  id: 're_1',
  created,
  amount: 500,
  currency: 'usd',
  status: 'succeeded',
  payment_intent: 'pi_1',
  charge: 'ch_1',
}

function openContext(record: () => Promise<'new'> = async () => 'new') {
  const letters: NewDeadLetter[] = []
  const asked: string[] = []
  const context = {
    recorder: {
      recordPayment: record,
      recordCheckoutStarted: record,
      recordMarketingPost: record,
      hasPlan: (plan: string) => plan === 'starter',
    },
    ledgerId: 'ledger01',
    mode: 'test',
    keepDeadLetter: async (letter: NewDeadLetter) => void letters.push(letter),
    refunds: {
      retrieveCharge: async (id: string) => {
        asked.push(id)
        return charge
      },
      listRefunds: async () => [],
    },
  } as const
  return { context, letters, asked }
}

test('a listed object of the own mode, or of none, is read; one of the other mode is not', async () => {
  const { context, letters } = openContext()
  for (const own of [session, { ...session, livemode: false }])
    expect(await readListed(own, checkoutSessionList, 'sweep', context)).toMatchObject({
      label: 'starter',
      proof: { key: 'checkout:cs_1', source: 'sweep', evidence: 'cs_1' },
    })
  const live = { ...session, livemode: true, created: 'broken' }
  expect(await readListed(live, checkoutSessionList, 'sweep', context)).toBeUndefined()
  expect(letters).toEqual([])
})

test('the charge of a listed refund is retrieved only if it is not there', async () => {
  const { context, asked } = openContext()
  const proof = { key: 'payment:refunded:re_1', source: 'reconcile' }
  const read = (object: object) => readListed(object, refundList, 'reconcile', context)
  expect(await read(refund)).toMatchObject({ proof })
  expect(asked).toEqual(['ch_1'])
  expect(await read({ ...refund, charge })).toMatchObject({ proof })
  expect(asked).toEqual(['ch_1'])
})

test('a listed object that cannot be read is a dead letter of its list; a fault of ours is none', async () => {
  const { context, letters } = openContext()
  const broken = { ...session, created: 'broken' }
  const unnamed = { ...broken, id: 'with spaces' }
  for (const object of [broken, unnamed])
    expect(await readListed(object, checkoutSessionList, 'sweep', context)).toBeUndefined()
  const letter = { type: 'checkout_sessions', source: 'sweep', reason: 'created: invalid_type' }
  expect(letters).toEqual([
    { ...letter, id: 'cs_1' },
    { ...letter, id: 'unknown', reason: expect.stringContaining('created: invalid_type') },
  ])
  const hasPlan = () => {
    throw new TypeError('a fault')
  }
  const faulty = { ...context, recorder: { hasPlan } }
  await expect(readListed(session, checkoutSessionList, 'sweep', faulty)).rejects.toThrow('a fault')
})

test('a fact that the database can never store is a dead letter; one that it cannot now is not', async () => {
  const fact = listedSuccess('ch_1')
  expect(await recordListed(openContext().context, fact)).toBe('new')
  const cause = Object.assign(new Error('x'), { code: '22021' })
  const never = openContext(() => Promise.reject(new AppError('unrecordable', 'no', { cause })))
  expect(await recordListed(never.context, fact)).toBe('unreadable')
  expect(never.letters).toEqual([
    {
      id: 'ch_1',
      type: 'charges',
      source: 'reconcile',
      reason: 'the database cannot store it (SQLSTATE 22021)',
    },
  ])
  for (const failure of [new AppError('not_committed', 'later'), new TypeError('a fault')]) {
    const now = openContext(() => Promise.reject(failure))
    await expect(recordListed(now.context, fact)).rejects.toBe(failure)
    expect(now.letters).toEqual([])
  }
})

test('readers know the ledger, the source and the plans', () => {
  const { ledgerId, source, hasPlan } = contextFor(openContext().context, 'sweep')
  expect([ledgerId, source, hasPlan('starter'), hasPlan('gold')]).toEqual([
    'ledger01',
    'sweep',
    true,
    false,
  ])
  expect(objectReaders.map(({ list }) => list)).toEqual(['charges', 'refunds', 'checkout_sessions'])
})
