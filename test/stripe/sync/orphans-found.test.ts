import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import type { ObjectKind } from '../../../src/stripe/client/lists.ts'
import { createUnlimitedPacing } from '../../../src/stripe/client/pacing.ts'
import { findOrphans } from '../../../src/stripe/sync/find-orphans.ts'
import { createKeySet } from '../../../src/stripe/sync/key-set.ts'
import { isWithoutObject, lookUp } from '../../../src/stripe/sync/look-up-object.ts'
import { payment } from '../../support/facts.ts'
import { genesis, openTestLedger } from '../../support/open-test-ledger.ts'

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
    await expect(lookUp(key, listsWith({}, asked), context)).rejects.toThrow(TypeError)
  expect(asked).toEqual([])
})

test('a fault while an object is read is no change of it', async () => {
  const hasPlan = () => {
    throw new TypeError('a fault')
  }
  const faulty = { ...context, hasPlan }
  await expect(lookUp('checkout:cs_1', listsWith(session), faulty)).rejects.toThrow(TypeError)
})

/** What a search finds of a ledger with these payments; Stripe answers to what it is asked for. */
async function search(
  ids: readonly string[],
  answer: (id: string) => unknown,
  listed: readonly string[] = [],
) {
  const { ledger, database } = await openTestLedger('sqlite')
  await Promise.all(ids.map((id) => ledger.record(payment(id))))
  const post = { counter: 'marketing_posts_total', label: '', key: 'post:campaign_1:x' } as const
  await ledger.record(payment('post', 'success', post))
  const asked: string[] = []
  const listedKeys = createKeySet()
  for (const id of listed) listedKeys.add(`payment:success:${id}`)
  const aborter = new AbortController()
  const find = () =>
    findOrphans({
      queries: database.queries,
      lists: {
        retrieveObject: async (_: ObjectKind, id: string) => {
          asked.push(id)
          return answer(id)
        },
      },
      context,
      listedKeys,
      since: genesis,
      pacing: createUnlimitedPacing(aborter.signal, async () => undefined),
    })
  return { find, asked, aborter }
}

test('facts that no list shows are orphans if Stripe has no such object or it has changed', async () => {
  const { find, asked } = await search(
    ['pi_absent', 'pi_broken', 'pi_changed', 'pi_listed', 'pi_refused', 'pi_same'],
    (id) => {
      if (id === 'pi_absent') return undefined
      if (id === 'pi_refused') throw new AppError('stripe_rejected', 'no')
      if (id === 'pi_changed') return { ...intent, id, status: 'canceled' }
      return { ...intent, id, amount: id === 'pi_broken' ? 'many' : 5000 }
    },
    ['pi_listed'],
  )
  expect(await find()).toEqual({
    absent: 1,
    changed: 1,
    notLookedUp: 2,
    keys: ['payment:success:pi_absent', 'payment:success:pi_changed'],
  })
  expect(asked.toSorted()).toEqual([
    'pi_absent',
    'pi_broken',
    'pi_changed',
    'pi_refused',
    'pi_same',
  ])
})

test('a thousand objects at most are looked up, and a hundred keys kept', async () => {
  const ids = Array.from({ length: 1_003 }, (_, index) => `pi_${index}`)
  const { find, asked } = await search(ids, () => undefined)
  const { absent, changed, notLookedUp, keys } = await find()
  expect([absent, changed, notLookedUp, keys.length]).toEqual([1_000, 0, 3, 100])
  expect(asked).toHaveLength(1_000)
})

test('a search ends when Stripe is away, and when it is stopped', async () => {
  const away = await search(['pi_1'], () => {
    throw new AppError('stripe_unavailable', 'away')
  })
  await expect(away.find()).rejects.toMatchObject({ code: 'stripe_unavailable' })
  const stopped = await search([], () => undefined)
  stopped.aborter.abort(new Error('stopped'))
  await expect(stopped.find()).resolves.toMatchObject({ absent: 0 })
  const stoppedLater = await search(['pi_1'], () => undefined, ['pi_1'])
  stoppedLater.aborter.abort(new Error('stopped'))
  await expect(stoppedLater.find()).rejects.toThrow('stopped')
})
