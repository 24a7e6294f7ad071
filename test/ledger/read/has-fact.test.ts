import { expect, test } from 'vitest'
import { payment } from '../../support/facts.ts'
import { engines, openTestLedger } from '../../support/open-test-ledger.ts'

test.each(engines)(
  'a fact is there once it is recorded, and no other is, on %s',
  async (engine) => {
    const { ledger } = await openTestLedger(engine)
    expect(await ledger.hasFact('payment:success:a')).toBe(false)
    await ledger.record(payment('a'))
    expect(await ledger.hasFact('payment:success:a')).toBe(true)
    expect(await ledger.hasFact('payment:success:b')).toBe(false)
  },
)
