import { expect, test } from 'vitest'
import { eventSchema } from '../../../src/stripe/facts/event.ts'
import { isLive, whyIgnored } from '../../../src/stripe/facts/is-ours.ts'

function eventWith(changes: object) {
  return eventSchema.parse({
    id: 'evt_1',
    object: 'event',
    type: 'charge.refunded',
    created: 7,
    livemode: false,
    data: { object: {} },
    ...changes,
  })
}

const ours = { mode: 'test', readAccount: async () => 'acct_1' } as const
const anonymous = { mode: 'test', readAccount: async () => null } as const

test.each([
  [{}, undefined],
  [{ account: null, context: null }, undefined],
  [{ context: '' }, undefined],
  [{ context: 'acct_1' }, undefined],
  [{ context: 'org_1/acct_1' }, undefined],
  [{ context: 'acct_1/acct_2' }, 'other_account'],
  [{ account: 'acct_1' }, 'other_account'],
  [{ livemode: true, account: 'acct_2' }, 'other_mode'],
])('an event with %j is ignored as %s', async (changes, why) => {
  expect(await whyIgnored(eventWith(changes), ours)).toBe(why)
})

test('an event that names an account is unreadable while our own is not known, another is not', async () => {
  expect(await whyIgnored(eventWith({}), anonymous)).toBeUndefined()
  await expect(whyIgnored(eventWith({ context: 'acct_1' }), anonymous)).rejects.toMatchObject({
    name: 'Unreadable',
    message: expect.stringContaining('STRIPE_ACCOUNT'),
  })
})

test('a live ledger takes live events alone', async () => {
  const live = { ...ours, mode: 'live' } as const
  expect(await whyIgnored(eventWith({ livemode: true }), live)).toBeUndefined()
  expect(await whyIgnored(eventWith({}), live)).toBe('other_mode')
  expect([isLive('live'), isLive('test')]).toEqual([true, false])
})
