import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { counters } from '../../../instrumentation/counters.ts'
import type { Fact } from '../../../src/ledger/fact.ts'
import { payment } from '../../support/facts.ts'
import { type LedgerApi, openLedgerApi } from '../../support/ledger-api.ts'
import { engines, genesis } from '../../support/open-test-ledger.ts'

const page = z.strictObject({
  data: z.array(
    z.strictObject({
      key: z.string(),
      counter: z.string(),
      label: z.string(),
      occurred_at: z.iso.datetime(),
      recorded_at: z.iso.datetime(),
      source: z.string(),
      evidence: z.string(),
      amount_minor: z.int().nullable(),
      currency: z.string().nullable(),
    }),
  ),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
})
const problem = z.object({ status: z.int(), detail: z.string() })

function checkout(id: string, plan = 'starter'): Fact {
  return {
    ...payment(id),
    key: `checkout:${id}`,
    counter: 'billing_checkout_started_total',
    label: plan,
    source: 'api',
    amountMinor: null,
    currency: null,
  }
}

async function keysOf(api: LedgerApi, query: string): Promise<readonly string[]> {
  return (await api.read(`/v1/facts?${query}`, page)).data.map(({ key }) => key)
}

/** Follows the pages to the end. */
async function readAll(api: LedgerApi, query: string) {
  const pages: z.infer<typeof page>[] = []
  let after: string | null = null
  do {
    const from: string = after === null ? '' : `&cursor=${encodeURIComponent(after)}`
    const one = await api.read(`/v1/facts?${query}${from}`, page)
    pages.push(one)
    after = one.next_cursor
  } while (after !== null)
  return { pages, facts: pages.flatMap(({ data }) => data) }
}

describe.each(engines)('GET /v1/facts on %s', (engine) => {
  test('a fact is returned with all of its fields', async () => {
    const api = await openLedgerApi(engine)
    api.setNow(genesis + 7_200_000)
    await api.record([payment('a')])
    expect(await api.read('/v1/facts', page)).toEqual({
      data: [
        {
          key: 'payment:success:a',
          counter: 'billing_payments_total',
          label: 'success',
          occurred_at: '2026-01-01T01:00:00.000Z',
          recorded_at: '2026-01-01T02:00:00.000Z',
          source: 'webhook',
          evidence: 'evt_a',
          amount_minor: 1000,
          currency: 'usd',
        },
      ],
      has_more: false,
      next_cursor: null,
    })
  })

  test('an empty ledger has an empty page', async () => {
    const api = await openLedgerApi(engine)
    expect(await api.read('/v1/facts', page)).toEqual({
      data: [],
      has_more: false,
      next_cursor: null,
    })
  })

  test('the newest recorded come first, whatever their series', async () => {
    const api = await openLedgerApi(engine)
    for (const [turn, fact] of [
      payment('1'),
      checkout('2'),
      payment('3', 'failed'),
      payment('4'),
    ].entries()) {
      api.setNow(genesis + turn * 1000)
      await api.record([fact])
    }
    expect(await keysOf(api, '')).toEqual([
      'payment:success:4',
      'payment:failed:3',
      'checkout:2',
      'payment:success:1',
    ])
  })

  test('each filter leaves what it names', async () => {
    const api = await openLedgerApi(engine)
    await api.record([payment('a'), payment('b', 'failed'), checkout('c'), checkout('d', 'gold')])
    api.setNow(genesis + 60_000)
    const later = { occurredAt: genesis + 7_200_000, source: 'sweep' } as const
    await api.record([payment('e', 'success', later)])
    const late = '2026-01-01T00:01:00Z'
    expect(await keysOf(api, 'label=success')).toEqual(['payment:success:e', 'payment:success:a'])
    expect(await keysOf(api, 'counter=billing_checkout_started_total&label=gold')).toEqual([
      'checkout:d',
    ])
    expect(await keysOf(api, 'counter=marketing_posts_total')).toEqual([])
    expect(await keysOf(api, 'source=sweep')).toEqual(['payment:success:e'])
    expect(await keysOf(api, `recorded_after=${late}`)).toEqual(['payment:success:e'])
    expect(await keysOf(api, `recorded_before=${late}&label=success`)).toEqual([
      'payment:success:a',
    ])
    expect(await keysOf(api, 'occurred_after=2026-01-01T03:00:00%2B01:00')).toEqual([
      'payment:success:e',
    ])
    expect(
      await keysOf(api, 'occurred_before=2026-01-01T02:00:00Z&counter=billing_payments_total'),
    ).toEqual(['payment:failed:b', 'payment:success:a'])
    expect(await keysOf(api, 'recorded_before=2026-01-01')).toEqual([])
    expect(await keysOf(api, 'key=checkout:c')).toEqual(['checkout:c'])
    expect(await keysOf(api, 'key=checkout:c&label=gold')).toEqual([])
    expect(await keysOf(api, 'key=checkout:none')).toEqual([])
  })

  test('followed to the end, pages of any size hold every fact once, in order', async () => {
    const seed = Date.now() % 1_000_000
    process.stdout.write(`facts test seed ${seed} on ${engine}\n`)
    const api = await openLedgerApi(engine)
    const random = lehmer(seed)
    const expected = new Set<string>()
    for (let round = 0; round < 40; round += 1) {
      api.setNow(genesis + Math.floor(random() * 20) * 1000)
      const facts = Array.from({ length: 1 + Math.floor(random() * 40) }, (_, index) => {
        const id = `${round % 2 === 0 ? 'a' : 'B'}_${round}_${index}`
        const status = counters.billing_payments_total.values[Math.floor(random() * 3)]
        return random() < 0.2 ? checkout(id) : payment(id, status)
      })
      for (const { key } of facts) expected.add(key)
      await api.record(facts)
    }
    for (const limit of [1 + Math.floor(random() * 20), 100, 101, 1000]) {
      const { pages, facts } = await readAll(api, `limit=${limit}`)
      expect(new Set(facts.map(({ key }) => key))).toEqual(expected)
      expect(facts).toHaveLength(expected.size)
      expect(facts.map((fact) => fact.recorded_at)).toEqual(
        facts
          .map((fact) => fact.recorded_at)
          .toSorted()
          .toReversed(),
      )
      expect(pages.slice(0, -1).every(({ data }) => data.length === limit)).toBe(true)
    }
    const failed = [...expected].filter((key) => key.startsWith('payment:failed:'))
    const { facts } = await readAll(api, 'limit=7&label=failed')
    expect(facts.map(({ key }) => key).toSorted()).toEqual(failed.toSorted())
  })

  test('facts that are recorded during paging do not change the pages', async () => {
    const api = await openLedgerApi(engine)
    await api.record(Array.from({ length: 10 }, (_, index) => payment(`p${index}`)))
    const first = await api.read('/v1/facts?limit=5', page)
    api.setNow(genesis + 1000)
    await api.record([payment('new'), checkout('new')])
    expect(first.has_more).toBe(true)
    const second = await api.read(`/v1/facts?limit=5&cursor=${first.next_cursor}`, page)
    expect(new Set([...first.data, ...second.data].map(({ key }) => key)).size).toBe(10)
    expect(second.next_cursor).toBeNull()
  })

  test('a rare source is found page by page, each of which looks at a bounded number of facts', async () => {
    const api = await openLedgerApi(engine)
    await api.record([payment('rare', 'success', { source: 'reconcile' })])
    api.setNow(genesis + 1000)
    await api.record(Array.from({ length: 6_000 }, (_, index) => payment(`p${index}`)))
    const { pages, facts } = await readAll(api, 'source=reconcile')
    expect(pages.map(({ data }) => data.length)).toEqual([0, 1])
    expect(facts.map(({ key }) => key)).toEqual(['payment:success:rare'])
  })

  test.each([
    ['limit=0', /^limit: /],
    ['limit=1001', /^limit: /],
    ['limit=many', /^limit: /],
    ['counter=payments', /^counter: .*marketing_posts_total/],
    ['recorded_after=yesterday', /^recorded_after: give an instant such as 2026-11-27T09:00:00Z/],
    ['status=success', /"status"/],
    ['label=a&label=b', /^label: /],
  ])('?%s is refused with a reason', async (query, reason) => {
    const api = await openLedgerApi(engine)
    const answer = await api.ask(`/v1/facts?${query}`)
    expect(answer.status).toBe(400)
    expect(problem.parse(await answer.json()).detail).toMatch(reason)
  })

  test('an unknown place to start is not found', async () => {
    const api = await openLedgerApi(engine)
    const answer = await api.ask('/v1/facts?cursor=payment:success:none')
    expect(answer.status).toBe(404)
    expect(problem.parse(await answer.json()).detail).toMatch(/no fact payment:success:none/)
  })
})

/** A small seeded generator. */
function lehmer(seed: number) {
  let state = seed + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
