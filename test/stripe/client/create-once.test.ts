import Stripe from 'stripe'
import { expect, test } from 'vitest'
import { createOnce, setupKeyOf } from '../../../src/stripe/client/create-once.ts'

const { errors } = Stripe

function answerOf(id: string, isReplayed: boolean) {
  const headers: Record<string, string> = isReplayed ? { 'idempotent-replayed': 'true' } : {}
  return { id, secret: `secret of ${id}`, lastResponse: { headers } }
}

function missing(): Promise<never> {
  const code = 'resource_missing'
  return Promise.reject(
    new errors.StripeInvalidRequestError({ type: 'invalid_request_error', code }),
  )
}

test('a repeated answer is taken while what it names exists', async () => {
  const create = () => Promise.resolve(answerOf('we_1', true))
  const made = await createOnce({ key: 'a', create, retrieve: () => Promise.resolve() })
  expect(made).toEqual({ id: 'we_1', secret: 'secret of we_1' })
})

test('what was deleted since is created under the next key, which is always the same', async () => {
  const keys: string[] = []
  const create = (key: string) => {
    keys.push(key)
    return Promise.resolve(answerOf(`we_${keys.length}`, keys.length < 3))
  }
  const made = await createOnce({ key: 'a', create, retrieve: missing })
  expect(made.id).toBe('we_3')
  expect(keys).toEqual(['a', setupKeyOf(['a']), setupKeyOf([setupKeyOf(['a'])])])
})

test('a failure that Stripe repeats is no answer, and a fresh one is passed on', async () => {
  const failure = (isReplayed: boolean) =>
    new errors.StripeAPIError({
      type: 'api_error',
      statusCode: 500,
      headers: isReplayed ? { 'idempotent-replayed': 'true' } : {},
    })
  const keys: string[] = []
  const create = (key: string) => {
    keys.push(key)
    return keys.length === 1
      ? Promise.reject(failure(true))
      : Promise.resolve(answerOf('we_2', false))
  }
  expect((await createOnce({ key: 'a', create, retrieve: missing })).id).toBe('we_2')
  const fresh = () => Promise.reject(failure(false))
  await expect(createOnce({ key: 'a', create: fresh, retrieve: missing })).rejects.toThrow(
    errors.StripeAPIError,
  )
})
