import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Total } from '../../../src/ledger/fact.ts'
import { payment } from '../../support/facts.ts'
import { openLedgerApi } from '../../support/ledger-api.ts'
import { engines, genesis } from '../../support/open-test-ledger.ts'

const totals = z.strictObject({
  ledger_id: z.string(),
  series_id: z.string(),
  generation_began_at: z.iso.datetime(),
  genesis: z.iso.datetime(),
  mode: z.string(),
  account: z.string().nullable(),
  is_leader: z.boolean(),
  data: z.array(
    z.strictObject({
      counter: z.string(),
      label: z.string(),
      facts: z.int(),
      committed: z.int(),
      exposed: z.int().nullable(),
    }),
  ),
})

function payments(label: string, total: number): Total {
  return {
    counter: 'billing_payments_total',
    label,
    total,
  }
}

describe.each(engines)('GET /v1/totals on %s', (engine) => {
  test('facts, committed totals and exposed values are side by side, zeros included', async () => {
    const exposed = () => [payments('success', 2), payments('failed', 0)]
    const api = await openLedgerApi(engine, { exposed, shard: 3 })
    await api.record([payment('a'), payment('b'), payment('c'), payment('d', 'refunded')])
    expect(await api.read('/v1/totals', totals)).toEqual({
      ledger_id: 'ledger01',
      series_id: 'ledger01-1',
      generation_began_at: '2026-01-01T00:00:00.000Z',
      genesis: '2026-01-01T00:00:00.000Z',
      mode: 'test',
      account: 'acct_1',
      is_leader: true,
      data: [
        { counter: 'billing_payments_total', label: 'success', facts: 3, committed: 3, exposed: 2 },
        { counter: 'billing_payments_total', label: 'failed', facts: 0, committed: 0, exposed: 0 },
        {
          counter: 'billing_payments_total',
          label: 'refunded',
          facts: 1,
          committed: 1,
          exposed: 0,
        },
      ],
    })
  })

  test('before Stripe was reached there is neither a genesis nor an account', async () => {
    const api = await openLedgerApi(engine)
    await api.database.queries.updateTable('ledger').set({ genesis: null, account: null }).execute()
    const unreached = totals.extend({ genesis: z.null(), account: z.null() })
    expect(await api.read('/v1/totals', unreached)).toMatchObject({ genesis: null, account: null })
  })

  test('a process that is not the leader shows nothing', async () => {
    const api = await openLedgerApi(engine, {
      exposed: () => [payments('success', 0)],
      isLeader: () => false,
    })
    await api.record([payment('a')])
    const { is_leader: isLeader, data } = await api.read('/v1/totals', totals)
    expect(isLeader).toBe(false)
    expect(data).toMatchObject([{ label: 'success', facts: 1, committed: 1, exposed: null }])
  })

  test('facts of two years of hours are all counted', async () => {
    const api = await openLedgerApi(engine)
    const hours = Array.from({ length: 1_700 }, (_, index) =>
      payment(`p${index}`, 'success', { occurredAt: genesis + index * 10 * 3_600_000 }),
    )
    await api.record(hours)
    const { data } = await api.read('/v1/totals', totals)
    expect(data).toMatchObject([{ facts: 1_700, committed: 1_700 }])
  })
})
