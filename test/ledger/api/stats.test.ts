import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { payment } from '../../support/facts.ts'
import { openLedgerApi } from '../../support/ledger-api.ts'
import { engines, genesis } from '../../support/open-test-ledger.ts'

const stats = z.strictObject({
  interval: z.enum(['hour', 'day']),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  starts: z.array(z.iso.datetime()),
  data: z.array(
    z.strictObject({
      counter: z.string(),
      label: z.string(),
      currency: z.string().nullable(),
      counts: z.array(z.int()),
      amounts_minor: z.array(z.int()),
    }),
  ),
})
const problem = z.object({ detail: z.string() })

const hourMs = 3_600_000
function at(hours: number) {
  return { occurredAt: genesis + hours * hourMs + 59_999 }
}

describe.each(engines)('GET /v1/stats on %s', (engine) => {
  test('days have the number of facts and the sum of money, zeros too, by currency', async () => {
    const api = await openLedgerApi(engine)
    await api.record([
      payment('a', 'success', at(0)),
      payment('b', 'success', at(23)),
      payment('c', 'success', { ...at(49), amountMinor: 250 }),
      payment('d', 'success', { ...at(49), currency: 'eur' }),
      payment('e', 'failed', { ...at(24), amountMinor: null, currency: null }),
    ])
    expect(await api.read('/v1/stats?from=2026-01-01&to=2026-01-04', stats)).toEqual({
      interval: 'day',
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-04T00:00:00.000Z',
      starts: ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'],
      data: [
        series('failed', null, [0, 1, 0], [0, 0, 0]),
        series('success', 'eur', [0, 0, 1], [0, 0, 1000]),
        series('success', 'usd', [2, 0, 1], [2000, 0, 250]),
      ],
    })
  })

  test('hours begin on the hour, and the end is not included', async () => {
    const api = await openLedgerApi(engine)
    await api.record([0, 1, 1, 3].map((hour, index) => payment(`p${index}`, 'success', at(hour))))
    const { starts, data } = await api.read(
      '/v1/stats?interval=hour&from=2026-01-01T00:30:00Z&to=2026-01-01T02:30:00Z',
      stats,
    )
    expect(starts).toHaveLength(3)
    expect(data).toEqual([series('success', 'usd', [1, 2, 0], [1000, 2000, 0])])
  })

  test('counter, label and currency choose the series', async () => {
    const api = await openLedgerApi(engine)
    await api.record([
      payment('a'),
      payment('b', 'failed'),
      payment('c', 'failed', { currency: 'eur' }),
    ])
    const ask = async (query: string) =>
      (await api.read(`/v1/stats?from=2026-01-01&to=2026-01-02&${query}`, stats)).data
    expect(await ask('label=failed')).toHaveLength(2)
    expect(await ask('label=failed&currency=eur')).toMatchObject([{ currency: 'eur', counts: [1] }])
    expect(await ask('counter=billing_payments_total')).toHaveLength(3)
    expect(await ask('counter=marketing_posts_total')).toEqual([])
  })

  test('without a range it covers the last 30 days, or 48 hours, until now', async () => {
    const api = await openLedgerApi(engine)
    api.setNow(genesis + 90_000)
    const days = await api.read('/v1/stats', stats)
    expect([days.starts.length, days.to]).toEqual([30, '2026-01-02T00:00:00.000Z'])
    const hours = await api.read('/v1/stats?interval=hour', stats)
    expect([hours.starts.length, hours.to]).toEqual([48, '2026-01-01T01:00:00.000Z'])
  })

  test('the sums of several replicas and of many hours are added up', async () => {
    const api = await openLedgerApi(engine)
    const facts = Array.from({ length: 1_300 }, (_, index) =>
      payment(`p${index}`, 'success', at(index % 650)),
    )
    await api.record(facts)
    const shard = await api.database.queries.selectFrom('hourly').selectAll().execute()
    await api.database.queries
      .insertInto('hourly')
      .values(shard.map((row) => ({ ...row, shard: 7, count: 10 })))
      .execute()
    const { data } = await api.read('/v1/stats?from=2026-01-01&to=2026-02-01', stats)
    const counts = data[0]?.counts ?? []
    expect(counts.slice(0, 27)).toEqual(Array.from({ length: 27 }, () => 24 * 12))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(650 * 12)
  })

  test('three years are returned by day, a fact of the far past or future among them', async () => {
    const api = await openLedgerApi(engine)
    const days = Array.from({ length: 1_096 }, (_, day) =>
      payment(`p${day}`, 'success', at(24 * (day - 1_000))),
    )
    await api.record([...days, payment('late', 'success', at(24 * 365 * 500))])
    const range = await api.read('/v1/stats?from=2023-04-07&to=2026-04-07', stats)
    expect(range.starts.length).toBe(1_096)
    expect(range.data[0]?.counts).toEqual(Array(1_096).fill(1))
  })

  test.each([
    ['from=2026-01-02&to=2026-01-01', /^from: give an instant before `to`/],
    ['from=2020-01-01&to=2026-01-01', /1,100 days by day.*narrow it/],
    ['interval=hour&from=2026-01-01&to=2026-03-01', /31 days by hour/],
    ['interval=week', /^interval: .*hour/],
    ['from=soon', /^from: give an instant/],
    ['currency=USD', /^currency: .*usd/],
    ['zone=UTC', /"zone"/],
  ])('?%s is refused with a reason', async (query, reason) => {
    const api = await openLedgerApi(engine)
    const answer = await api.ask(`/v1/stats?${query}`)
    expect(answer.status).toBe(400)
    expect(problem.parse(await answer.json()).detail).toMatch(reason)
  })
})

function series(
  label: string,
  currency: string | null,
  counts: readonly number[],
  amountsMinor: readonly number[],
) {
  return {
    counter: 'billing_payments_total',
    label,
    currency,
    counts,
    amounts_minor: amountsMinor,
  }
}
