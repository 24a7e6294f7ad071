import { expect, test } from 'vitest'
import type { Total } from '../../../src/ledger/fact.ts'
import { compareTotals } from '../../../src/ledger/read/compare-totals.ts'

const counter = 'billing_checkout_started_total'

function plan(label: string, total: number): Total {
  return { counter, label, total }
}

/** Starter agrees, enterprise has a fact too many, a plan of old is committed alone, professional has nothing. */
const compared = {
  facts: new Map([
    [`${counter} starter`, 3],
    [`${counter} enterprise`, 2],
    [`${counter} old`, 5],
  ]),
  committed: [plan('starter', 3), plan('enterprise', 1), plan('old', 5)],
  shown: [plan('starter', 3), plan('professional', 0), plan('enterprise', 1)],
}

test('every series that is exposed or committed has its facts, its committed and its exposed total', () => {
  expect(compareTotals({ ...compared, isShown: true })).toEqual([
    { counter, label: 'starter', facts: 3, committed: 3, exposed: 3 },
    { counter, label: 'professional', facts: 0, committed: 0, exposed: 0 },
    { counter, label: 'enterprise', facts: 2, committed: 1, exposed: 1 },
    { counter, label: 'old', facts: 5, committed: 5, exposed: 0 },
  ])
})

test('a process that exposes nothing says so of every series', () => {
  const exposed = compareTotals({ ...compared, isShown: false }).map((one) => one.exposed)
  expect(exposed).toEqual([null, null, null, null])
})
