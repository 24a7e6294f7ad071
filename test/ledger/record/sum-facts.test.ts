import { expect, test } from 'vitest'
import { sumByHour, sumByTotal } from '../../../src/ledger/record/sum-facts.ts'
import { payment } from '../../support/facts.ts'
import { genesis } from '../../support/open-test-ledger.ts'

const hourMs = 3_600_000
const counter = 'billing_payments_total'

const facts = [
  payment('a', 'success', { occurredAt: genesis }),
  payment('b', 'success', { occurredAt: genesis + hourMs - 1, amountMinor: 250 }),
  payment('c', 'success', { occurredAt: genesis + hourMs }),
  payment('d', 'success', { occurredAt: genesis, currency: 'eur' }),
  payment('e', 'failed', { occurredAt: genesis, amountMinor: null, currency: null }),
  payment('f', 'failed', { occurredAt: genesis + 1, amountMinor: null, currency: null }),
]

test('each total rises by the number of its facts', () => {
  expect([...sumByTotal(facts)]).toEqual([
    { counter, label: 'success', count: 4 },
    { counter, label: 'failed', count: 2 },
  ])
  expect([...sumByTotal([])]).toEqual([])
})

test('each hour rises by its facts and their amounts, apart by series and currency', () => {
  const success = { counter, label: 'success', currency: 'usd' }
  const failed = { counter, label: 'failed', currency: '' }
  expect([...sumByHour(facts)]).toEqual([
    { ...success, hour: genesis, count: 2, amountMinor: 1_250 },
    { ...success, hour: genesis + hourMs, count: 1, amountMinor: 1_000 },
    { ...success, currency: 'eur', hour: genesis, count: 1, amountMinor: 1_000 },
    { ...failed, hour: genesis, count: 2, amountMinor: 0 },
  ])
})
