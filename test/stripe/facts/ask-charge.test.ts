import Stripe from 'stripe'
import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { UnansweredCharge } from '../../../src/stripe/client/refund-source.ts'
import { askCharge, askRefunds } from '../../../src/stripe/facts/ask-charge.ts'

function failing(failure: Error) {
  const fail = () => Promise.reject(failure)
  return { retrieveCharge: fail, listRefunds: fail }
}

test('the charge and its refunds are what Stripe answers', async () => {
  const refunds = {
    retrieveCharge: async (id: string) => ({ id }),
    listRefunds: async (id: string) => [{ charge: id }],
  }
  expect(await askCharge('ch_1', refunds)).toEqual({ id: 'ch_1' })
  expect(await askRefunds('ch_1', refunds)).toEqual([{ charge: 'ch_1' }])
})

test('a charge that Stripe does not have makes its refund unreadable', async () => {
  const refunds = { retrieveCharge: async () => undefined, listRefunds: async () => [] }
  await expect(askCharge('ch_1', refunds)).rejects.toMatchObject({
    name: 'Unreadable',
    message: expect.stringContaining('no charge with this id'),
  })
})

test.each([
  [new UnansweredCharge('Stripe keeps failing'), 'charge: Stripe keeps failing'],
  [new AppError('stripe_rejected', 'no'), 'give the key the permission'],
])('where a retry would not help, as after %s, the refund is unreadable', async (failure, why) => {
  const expected = { name: 'Unreadable', message: expect.stringContaining(why) }
  await expect(askCharge('ch_1', failing(failure))).rejects.toMatchObject(expected)
  await expect(askRefunds('ch_1', failing(failure))).rejects.toMatchObject(expected)
})

test.each([
  new AppError('stripe_unavailable', 'away'),
  new AppError('stripe_rejected', 'the key was rolled', {
    cause: new Stripe.errors.StripeAuthenticationError({ type: 'invalid_request_error' }),
  }),
])('where a retry may help, as after %s, it is left to that', async (failure) => {
  await expect(askCharge('ch_1', failing(failure))).rejects.toBe(failure)
})
