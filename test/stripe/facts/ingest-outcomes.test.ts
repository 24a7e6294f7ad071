import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import type { DeadLetter } from '../../../src/ledger/dead-letters.ts'
import { ingestEvent, toRetry } from '../../../src/stripe/facts/ingest.ts'
import { replayDeadLetter } from '../../../src/stripe/facts/replay-dead-letter.ts'
import { listedRefund, listedSession, openIngest } from '../../support/ingest-context.ts'
import { eventOf, intentOf } from '../../support/stripe-objects.ts'

const session = { ...listedSession, object: 'checkout.session' }
const refund = { ...listedRefund, object: 'refund' }

function ingest(event: unknown, { context }: ReturnType<typeof openIngest>) {
  return ingestEvent(event, 'webhook', context, () => 'evt_fallback')
}

test('an event is recorded under the counter of its fact, whatever came of that', async () => {
  const opened = openIngest()
  opened.outcomes.set('payment:success:pi_1', 'duplicate')
  const paid = eventOf('payment_intent.succeeded', intentOf({ id: 'pi_1' }))
  expect(await ingest(paid, opened)).toBe('duplicate')
  expect(await ingest(eventOf('checkout.session.expired', session), opened)).toBe('new')
  expect(opened.recorded).toEqual([
    'payment success payment:success:pi_1',
    'checkout starter checkout:cs_1',
  ])
})

test('an event that is not ours is told once it is ignored, one that proves nothing is not', async () => {
  const opened = openIngest()
  const other = eventOf('checkout.session.expired', session, { livemode: true })
  expect(await ingest(other, opened)).toBe('not_counted')
  expect(opened.ignored).toEqual(['other_mode'])
  const foreign = { ...session, metadata: {} }
  expect(await ingest(eventOf('checkout.session.expired', foreign), opened)).toBe('not_counted')
  expect(await ingest(eventOf('customer.created', {}), opened)).toBe('not_counted')
  expect([opened.recorded, opened.ignored, opened.letters]).toEqual([[], ['other_mode'], []])
})

test('what is no event is a dead letter, by the id and type that it has', async () => {
  const opened = openIngest()
  expect(await ingest({ id: 'evt_1', type: 'x' }, opened)).toBe('unreadable')
  expect(await ingest('text', opened)).toBe('unreadable')
  expect(opened.letters).toMatchObject([
    { id: 'evt_1', type: 'x', source: 'webhook' },
    { id: 'evt_fallback', type: 'unknown', source: 'webhook' },
  ])
  const fault = new TypeError('a fault')
  const faulty = openIngest({ readAccount: () => Promise.reject(fault) })
  const named = eventOf('customer.created', {}, { context: 'acct_1' })
  await expect(ingest(named, faulty)).rejects.toBe(fault)
})

test('the charge of a refund is asked for, unless the refund is counted already', async () => {
  const event = eventOf('refund.created', refund)
  const opened = openIngest()
  expect(await ingest(event, opened)).toBe('new')
  expect(opened.asked).toEqual(['ch_1'])
  expect(opened.recorded).toEqual(['payment refunded payment:refunded:re_1'])
  const keys: string[] = []
  const known = openIngest({
    hasFact: async (key) => {
      keys.push(key)
      return true
    },
  })
  expect(await ingest(event, known)).toBe('duplicate')
  expect([keys, known.asked, known.recorded]).toEqual([['payment:refunded:re_1'], [], []])
})

test.each([
  [[], 'not_counted'],
  [['canceled'], 'not_counted'],
  [['canceled', 'before_genesis'], 'before_genesis'],
  [['before_genesis', 'broken'], 'unreadable'],
  [['broken', 'duplicate'], 'duplicate'],
  [['duplicate', 'new', 'before_genesis'], 'new'],
] as const)('a notice of refunds of which some are %j is %s', async (kinds, outcome) => {
  const failure = new AppError('unrecordable', 'no', { cause: new Error('x') })
  const opened = openIngest()
  const listed = kinds.map((kind, index) => {
    const id = `re_${index}`
    const status = kind === 'canceled' ? 'canceled' : 'succeeded'
    if (kind === 'duplicate' || kind === 'before_genesis')
      opened.outcomes.set(`payment:refunded:${id}`, kind)
    return { ...refund, id, status, charge: opened.charge }
  })
  const { recorder } = opened.context
  const context = {
    ...opened.context,
    refunds: { ...opened.context.refunds, listRefunds: async () => listed },
    recorder: {
      ...recorder,
      recordPayment: (...given: Parameters<typeof recorder.recordPayment>) =>
        kinds[Number(given[1].key.at(-1))] === 'broken'
          ? Promise.reject(failure)
          : recorder.recordPayment(...given),
    },
  }
  const notice = eventOf('charge.refunded', { id: 'ch_1', payment_intent: 'pi_1' })
  expect(await ingest(notice, { ...opened, context })).toBe(outcome)
})

test('a webhook whose charge Stripe refuses is to be sent again, other failures stay what they are', () => {
  const refused = new AppError('stripe_rejected', 'no such key')
  expect(toRetry(refused)).toMatchObject({ code: 'not_committed', cause: refused })
  for (const other of [new AppError('stripe_unavailable', 'x'), new TypeError('x')])
    expect(toRetry(other)).toBe(other)
})

/** What becomes of a dead letter when Stripe has this. */
async function replay(letter: Partial<DeadLetter>, found: unknown) {
  const opened = openIngest()
  const removed: string[] = []
  const asked: string[] = []
  const whole: DeadLetter = {
    id: 'evt_1',
    type: 'customer.created',
    mode: 'test',
    reason: 'x',
    source: 'webhook',
    receivedAt: 0,
    dismissedAt: null,
    ...letter,
  }
  const answer = (what: string) => {
    asked.push(what)
    return found instanceof Error ? Promise.reject(found) : Promise.resolve(found)
  }
  const outcome = await replayDeadLetter(whole, {
    deadLetters: { remove: async (id) => void removed.push(id) },
    lists: {
      retrieveEvent: (id) => answer(id),
      retrieveObject: (kind, id) => answer(`${kind} ${id}`),
    },
    ingest: opened.context,
  }).catch((cause: unknown) => cause)
  return { ...opened, outcome, removed, asked }
}

test('a dead letter that can be processed now is recorded for the operator, and removed', async () => {
  const event = eventOf('checkout.session.expired', session)
  expect(await replay({}, event)).toMatchObject({
    outcome: 'new',
    removed: ['evt_1'],
    asked: ['evt_1'],
    recorded: ['checkout starter checkout:cs_1'],
  })
  const listed = { id: 'cs_1', type: 'checkout_sessions' }
  expect(await replay(listed, session)).toMatchObject({
    outcome: 'new',
    removed: ['cs_1'],
    asked: ['checkout_sessions cs_1'],
    recorded: ['checkout starter checkout:cs_1'],
  })
  expect(await replay(listed, { ...session, metadata: {} })).toMatchObject({
    outcome: 'not_counted',
    removed: ['cs_1'],
    recorded: [],
  })
})

test('a dead letter that cannot be processed stays, with the new reason or without an object', async () => {
  const listed = { id: 'cs_1', type: 'checkout_sessions' }
  for (const [letter, found] of [
    [{}, { id: 'evt_1' }],
    [listed, { ...session, created: 'broken' }],
  ] as const)
    expect(await replay(letter, found)).toMatchObject({
      outcome: 'dead_letter',
      removed: [],
      letters: [{ source: 'operator' }],
    })
  for (const letter of [{}, listed])
    expect(await replay(letter, undefined)).toMatchObject({
      outcome: 'not_found_at_stripe',
      removed: [],
    })
  for (const id of ['unknown', 'with spaces', '', `${'x'.repeat(201)}`, ' evt', 'evt '])
    expect(await replay({ id }, {})).toMatchObject({ outcome: 'not_found_at_stripe', asked: [] })
  const failure = new AppError('stripe_rejected', 'no')
  expect((await replay({}, failure)).outcome).toMatchObject({ code: 'not_committed' })
})
