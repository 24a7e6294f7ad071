import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import type { ObjectKind } from '../../../src/stripe/client/lists.ts'
import { createUnlimitedPacing } from '../../../src/stripe/client/pacing.ts'
import { findOrphans } from '../../../src/stripe/sync/find-orphans.ts'
import { createKeySet } from '../../../src/stripe/sync/key-set.ts'
import { payment } from '../../support/facts.ts'
import { genesis, openTestLedger } from '../../support/open-test-ledger.ts'

const context = { ledgerId: 'ledger01', source: 'reconcile', hasPlan: () => true } as const
const created = genesis / 1000
const intent = { id: 'pi_1', created, amount: 5000, currency: 'usd', status: 'succeeded' }

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
