import { expect, test } from 'vitest'
import type { Recorder } from '../../../instrumentation/business/recorder.ts'
import { AppError } from '../../../src/errors.ts'
import {
  checkoutSessionList,
  objectReaders,
  refundList,
} from '../../../src/stripe/facts/object-registry.ts'
import { contextFor, readListed, recordListed } from '../../../src/stripe/facts/read-listed.ts'
import { listedRefund, listedSession, openIngest } from '../../support/ingest-context.ts'
import { listedSuccess } from '../../support/stripe-facts.ts'

/** A ledger in memory whose facts are recorded like this. */
function openRecording(recordPayment: Recorder['recordPayment']) {
  const { recorder } = openIngest().context
  return openIngest({ recorder: { ...recorder, recordPayment } })
}

test('a listed object of the own mode, or of none, is read; one of the other mode is not', async () => {
  const { context, letters } = openIngest()
  for (const own of [listedSession, { ...listedSession, livemode: false }])
    expect(await readListed(own, checkoutSessionList, 'sweep', context)).toMatchObject({
      label: 'starter',
      proof: { key: 'checkout:cs_1', source: 'sweep', evidence: 'cs_1' },
    })
  const live = { ...listedSession, livemode: true, created: 'broken' }
  expect(await readListed(live, checkoutSessionList, 'sweep', context)).toBeUndefined()
  expect(letters).toEqual([])
})

test('the charge of a listed refund is retrieved only if it is not there', async () => {
  const { context, asked, charge } = openIngest()
  const proof = { key: 'payment:refunded:re_1', source: 'reconcile' }
  const read = (object: object) => readListed(object, refundList, 'reconcile', context)
  expect(await read(listedRefund)).toMatchObject({ proof })
  expect(asked).toEqual(['ch_1'])
  expect(await read({ ...listedRefund, charge })).toMatchObject({ proof })
  expect(asked).toEqual(['ch_1'])
})

test('a listed object that cannot be read is a dead letter of its list; a fault of ours is none', async () => {
  const { context, letters } = openIngest()
  const broken = { ...listedSession, created: 'broken' }
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
  await expect(readListed(listedSession, checkoutSessionList, 'sweep', faulty)).rejects.toThrow(
    'a fault',
  )
})

test('a fact that the database can never store is a dead letter; one that it cannot now is not', async () => {
  const fact = listedSuccess('ch_1')
  expect(await recordListed(openIngest().context, fact)).toBe('new')
  const cause = Object.assign(new Error('x'), { code: '22021' })
  const never = openRecording(() => Promise.reject(new AppError('unrecordable', 'no', { cause })))
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
    const now = openRecording(() => Promise.reject(failure))
    await expect(recordListed(now.context, fact)).rejects.toBe(failure)
    expect(now.letters).toEqual([])
  }
})

test('readers know the ledger, the source and the plans', () => {
  const { ledgerId, source, hasPlan } = contextFor(openIngest().context, 'sweep')
  expect([ledgerId, source, hasPlan('starter'), hasPlan('gold')]).toEqual([
    'ledger01',
    'sweep',
    true,
    false,
  ])
  expect(objectReaders.map(({ list }) => list)).toEqual(['charges', 'refunds', 'checkout_sessions'])
})
