import { expect, test } from 'vitest'
import { readSeriesOfFacts } from '../../../src/ledger/read/series.ts'
import { payment } from '../../support/facts.ts'
import { engines, openTestLedger } from '../../support/open-test-ledger.ts'

test.each(engines)(
  'every series that has a fact is named once, in order, on %s',
  async (engine) => {
    const { ledger, database } = await openTestLedger(engine)
    expect(await readSeriesOfFacts(database.queries)).toEqual([])
    const sold = { counter: 'billing_checkout_started_total', label: 'starter' } as const
    const facts = [payment('a'), payment('b'), payment('c', 'failed'), payment('d', 'refunded')]
    await Promise.all(
      [...facts, { ...payment('e'), ...sold, key: 'checkout:cs_1' } as const].map((fact) =>
        ledger.record(fact),
      ),
    )
    const counter = 'billing_payments_total'
    expect(await readSeriesOfFacts(database.queries)).toEqual([
      sold,
      { counter, label: 'failed' },
      { counter, label: 'refunded' },
      { counter, label: 'success' },
    ])
  },
)
