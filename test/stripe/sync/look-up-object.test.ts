import { expect, test } from 'vitest'
import type { ObjectKind } from '../../../src/stripe/client/lists.ts'
import { isWithoutObject, lookUp } from '../../../src/stripe/sync/look-up-object.ts'
import { genesis } from '../../support/open-test-ledger.ts'

const context = { ledgerId: 'ledger01', source: 'reconcile', hasPlan: () => true } as const
const created = genesis / 1000
const intent = { id: 'pi_1', created, amount: 5000, currency: 'usd', status: 'succeeded' }
const charge = { id: 'ch_1', created, status: 'failed', captured: false, payment_intent: intent }
const refund = {
  id: 're_1',
  created,
  amount: 100,
  currency: 'usd',
  status: 'succeeded',
  payment_intent: 'pi_1',
  charge: 'ch_1',
}
const metadata = { plan: 'starter', countinghouse: 'ledger01' }
const session = { id: 'cs_1', created, metadata }

function listsWith(object: unknown, asked: string[] = []) {
  return {
    retrieveObject: async (kind: ObjectKind, id: string) => {
      asked.push(`${kind} ${id}`)
      return object
    },
  }
}

test.each([
  ['payment:success:pi_1', 'payment_intents pi_1', intent, 'confirmed'],
  ['payment:success:pi_1', 'payment_intents pi_1', { ...intent, status: 'canceled' }, 'changed'],
  ['payment:success:pi_1', 'payment_intents pi_1', { ...intent, id: 'pi_2' }, 'changed'],
  ['payment:success:pi_1', 'payment_intents pi_1', { ...intent, amount: 'many' }, 'unreadable'],
  ['payment:success:pi_1', 'payment_intents pi_1', undefined, 'absent'],
  ['payment:failed:ch_1', 'charges ch_1', charge, 'confirmed'],
  ['payment:refunded:re_1', 'refunds re_1', refund, 'confirmed'],
  ['payment:refunded:re_1', 'refunds re_1', { ...refund, status: 'failed' }, 'changed'],
  ['checkout:cs_1', 'checkout_sessions cs_1', session, 'confirmed'],
])('%s is looked up as %s', async (key, retrieved, object, result) => {
  const asked: string[] = []
  expect(await lookUp(key, listsWith(object, asked), context)).toBe(result)
  expect(asked).toEqual([retrieved])
  expect(isWithoutObject(key)).toBe(false)
})

test('an attempt without a charge has no object, and a post or another text is none of Stripe', async () => {
  const asked: string[] = []
  expect(await lookUp('payment:failed:evt_1', listsWith({}, asked), context)).toBe('no_object')
  expect(isWithoutObject('payment:failed:evt_1')).toBe(true)
  expect(isWithoutObject('evt_1')).toBe(false)
  for (const key of ['post:campaign_1:x', 'pi_1'])
    await expect(lookUp(key, listsWith({}, asked), context)).rejects.toThrow(
      new TypeError(`the key ${key} has no Stripe object`),
    )
  expect(asked).toEqual([])
})

test('a fault while an object is read is no change of it', async () => {
  const hasPlan = () => {
    throw new TypeError('a fault')
  }
  const faulty = { ...context, hasPlan }
  await expect(lookUp('checkout:cs_1', listsWith(session), faulty)).rejects.toThrow(TypeError)
})
