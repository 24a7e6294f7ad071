import { expect, test } from 'vitest'
import { createDriftCandidates } from '../../../src/stripe/sync/drift-candidates.ts'
import { openMemoryDatabase } from '../../support/memory-database.ts'
import { listedSuccess } from '../../support/stripe-facts.ts'

async function openCandidates() {
  const { queries } = await openMemoryDatabase()
  return { queries, candidates: createDriftCandidates(queries) }
}

const [first, second, third] = ['pi_1', 'pi_2', 'pi_3'].map(listedSuccess) as [
  ReturnType<typeof listedSuccess>,
  ReturnType<typeof listedSuccess>,
  ReturnType<typeof listedSuccess>,
]

test('candidates are kept as they were first noticed, the oldest first, until they are forgotten', async () => {
  const { candidates } = await openCandidates()
  await candidates.keep([])
  expect(await candidates.read()).toEqual([])
  await candidates.keep([
    { fact: second, noticedAt: 20 },
    { fact: first, noticedAt: 10 },
  ])
  await candidates.keep([
    { fact: first, noticedAt: 99 },
    { fact: third, noticedAt: 30 },
  ])
  expect(await candidates.read()).toEqual([
    { fact: first, noticedAt: 10 },
    { fact: second, noticedAt: 20 },
    { fact: third, noticedAt: 30 },
  ])
  await candidates.forget([first, third])
  expect(await candidates.read()).toEqual([{ fact: second, noticedAt: 20 }])
  await candidates.clear()
  expect(await candidates.read()).toEqual([])
})

const fact = listedSuccess('pi_1')

test.each([
  ['with another field', { ...fact, more: 1 }],
  ['of an unknown counter', { ...fact, counter: 'billing_coupons_total' }],
  ['that no list of Stripe proves', { ...fact, counter: 'marketing_posts_total', label: '' }],
  [
    'of a post',
    {
      counter: 'marketing_posts_total',
      label: '',
      proof: { ...fact.proof, key: 'post:campaign_1:manual:1' },
    },
  ],
  ['with a label of another counter', { ...fact, label: 'starter' }],
  ['with the key of another counter', { ...fact, proof: { ...fact.proof, key: 'checkout:cs_1' } }],
  ['with no key', { ...fact, proof: { ...fact.proof, key: 'x' } }],
  ['from another source', { ...fact, proof: { ...fact.proof, source: 'webhook' } }],
])('a candidate of another version, %s, makes all of them unknown', async (_, stored) => {
  const { queries, candidates } = await openCandidates()
  await candidates.keep([{ fact: second, noticedAt: 1 }])
  await queries
    .insertInto('drift_candidates')
    .values({ key: fact.proof.key, fact: JSON.stringify(stored), noticed_at: 2 })
    .execute()
  expect(await candidates.read()).toBeUndefined()
})
