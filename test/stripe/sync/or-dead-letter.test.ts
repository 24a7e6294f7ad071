import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { orDeadLetter } from '../../../src/stripe/sync/or-dead-letter.ts'

/** What becomes of an object whose reading fails in this way, and the dead letters that are kept. */
async function take(failure: Error, id: unknown = 'evt_1') {
  const kept: object[] = []
  const ingest = { keepDeadLetter: async (letter: object) => void kept.push(letter) }
  const taken = orDeadLetter({ object: { id }, type: 'event', source: 'sweep', ingest }, () =>
    Promise.reject(failure),
  )
  const outcome = await taken.catch((cause: unknown) => cause)
  return { outcome, kept }
}

test.each(['stripe_unavailable', 'not_committed', 'overloaded'] as const)(
  'a temporary failure, such as %s, interrupts the job and loses nothing',
  async (code) => {
    const failure = new AppError(code, 'try again')
    expect(await take(failure)).toEqual({ outcome: failure, kept: [] })
  },
)

test.each([
  ['a fault of ours', new TypeError('secret of the customer'), 'TypeError'],
  ['a refusal of Stripe', new AppError('stripe_rejected', 'secret of the key'), 'stripe_rejected'],
])(
  '%s becomes a dead letter without the message, and the job continues',
  async (_, failure, why) => {
    const { outcome, kept } = await take(failure)
    expect(outcome).toBeUndefined()
    expect(kept).toHaveLength(1)
    expect(JSON.stringify(kept)).toContain(why)
    expect(JSON.stringify(kept)).not.toContain('secret')
  },
)

test('an invalid id is not stored', async () => {
  expect(JSON.stringify((await take(new TypeError(''), 'a\u0000b')).kept)).toContain('unknown')
})
