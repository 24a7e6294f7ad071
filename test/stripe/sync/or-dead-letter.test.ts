import { describe, expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { orDeadLetter } from '../../../src/stripe/sync/or-dead-letter.ts'

/** What becomes of an object whose reading fails in this way, and the dead letters that are kept. */
async function take(failure: unknown, object: unknown = { id: 'evt_1' }) {
  const kept: object[] = []
  const ingest = { keepDeadLetter: async (letter: object) => void kept.push(letter) }
  const taken = orDeadLetter({ object, type: 'event', source: 'sweep', ingest }, () =>
    Promise.reject(failure),
  )
  const outcome = await taken.catch((cause: unknown) => cause)
  return { outcome, kept }
}

test('an object that can be read has its result, and no dead letter', async () => {
  const kept: object[] = []
  const ingest = { keepDeadLetter: async (letter: object) => void kept.push(letter) }
  const taken = { object: { id: 'evt_1' }, type: 'event', source: 'sweep', ingest } as const
  expect(await orDeadLetter(taken, async () => 'recorded')).toBe('recorded')
  expect(kept).toEqual([])
})

test.each([
  'stripe_unavailable',
  'not_committed',
  'overloaded',
  'database_unavailable',
  'ledger_mismatch',
  'ledger_fell',
] as const)(
  'a temporary failure, such as %s, interrupts the job and loses nothing',
  async (code) => {
    const failure = new AppError(code, 'try again')
    expect(await take(failure)).toEqual({ outcome: failure, kept: [] })
  },
)

test.each([
  ['a fault of ours', new TypeError('secret of the customer'), 'TypeError'],
  ['a refusal of Stripe', new AppError('stripe_rejected', 'secret of the key'), 'stripe_rejected'],
  [
    'a fault that has a code of ours',
    Object.assign(new RangeError('secret'), { code: 'overloaded' }),
    'RangeError',
  ],
  ['what is no error', 'secret', 'string'],
])(
  '%s becomes a dead letter without the message, and the job continues',
  async (_, failure, why) => {
    const letter = {
      id: 'evt_1',
      type: 'event',
      reason: `could not be read: ${why}`,
      source: 'sweep',
    }
    expect(await take(failure)).toEqual({ outcome: undefined, kept: [letter] })
  },
)

test('a dead letter that cannot be kept interrupts the job', async () => {
  const ingest = { keepDeadLetter: () => Promise.reject(new Error('the ledger is away')) }
  const taken = { object: {}, type: 'event', source: 'reconcile', ingest } as const
  const reading = orDeadLetter(taken, () => Promise.reject(new TypeError()))
  await expect(reading).rejects.toThrow('the ledger is away')
})

describe('a dead letter has the id of its object', () => {
  const idOf = async (object: unknown) => (await take(new TypeError(''), object)).kept
  const longest = 'e'.repeat(200)

  test.each(['e', 'evt_1aB', longest])('such as %s', async (id) => {
    expect(await idOf({ id })).toMatchObject([{ id }])
  })

  test.each([
    ['an invalid one', { id: 'a\u0000b' }],
    ['one that begins with another character', { id: ' evt_1' }],
    ['one that ends with another character', { id: 'evt_1 ' }],
    ['one that is too long', { id: `${longest}e` }],
    ['an empty one', { id: '' }],
    ['one that is no text', { id: 5 }],
    ['one that only looks like a text', { id: ['evt_1'] }],
    ['an object without one', {}],
    ['null', null],
    ['a text', 'evt_1'],
    ['a function', () => undefined],
  ])('unless it is %s', async (_, object) => {
    expect(await idOf(object)).toMatchObject([{ id: 'unknown' }])
  })
})
