import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import type { NewDeadLetter } from '../../../src/ledger/dead-letters.ts'
import { ingestEvent } from '../../../src/stripe/facts/ingest.ts'
import type { IngestContext } from '../../../src/stripe/facts/ingest-context.ts'
import { eventOf, intentOf } from '../../support/stripe-objects.ts'

/** Where every commit fails in the same way. */
function failingContext(failure: AppError) {
  const kept: NewDeadLetter[] = []
  const fail = () => Promise.reject(failure)
  const context: IngestContext = {
    recorder: {
      recordMarketingPost: fail,
      recordCheckoutStarted: fail,
      recordPayment: fail,
      hasPlan: () => true,
    },
    ledgerId: 'ledger01',
    mode: 'test',
    keepDeadLetter: async (letter) => void kept.push(letter),
    refunds: { retrieveCharge: fail, listRefunds: fail },
    hasFact: async () => false,
    readAccount: async () => 'acct_1',
    onIgnored: () => undefined,
  }
  return { context, kept }
}

const event = eventOf('payment_intent.succeeded', intentOf())

test('what the database can never store becomes a dead letter, not a retry without end', async () => {
  const cause = Object.assign(new Error('invalid byte sequence'), { code: '22021' })
  const failure = new AppError('unrecordable', 'the ledger cannot store this value', { cause })
  const { context, kept } = failingContext(failure)
  expect(await ingestEvent(event, 'webhook', context, () => 'none')).toBe('unreadable')
  expect(kept).toEqual([
    {
      id: event.id,
      type: 'payment_intent.succeeded',
      reason: 'the database cannot store it (SQLSTATE 22021)',
      source: 'webhook',
    },
  ])
})

test('what could not be committed now is refused, so that Stripe sends it again', async () => {
  const { context, kept } = failingContext(new AppError('not_committed', 'send it again'))
  await expect(ingestEvent(event, 'webhook', context, () => 'none')).rejects.toMatchObject({
    code: 'not_committed',
  })
  expect(kept).toEqual([])
})

test('the reason names the paths that are wrong and none of the words that people chose', async () => {
  const { context, kept } = failingContext(new AppError('not_committed', 'never reached'))
  const metadata = { 'jenny@example.com': 7 }
  const session = { ...intentOf({ metadata }), object: 'checkout.session' }
  const completed = eventOf('checkout.session.completed', session)
  expect(await ingestEvent(completed, 'sweep', context, () => 'none')).toBe('unreadable')
  expect(kept.map(({ reason }) => reason)).toEqual(['metadata: invalid_type'])
})
