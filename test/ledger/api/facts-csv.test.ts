import { setImmediate } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createApi } from '../../../src/http/api.ts'
import { factsCsvRoute } from '../../../src/ledger/api/csv-route.ts'
import { payment } from '../../support/facts.ts'
import { openLedgerApi } from '../../support/ledger-api.ts'
import { engines, genesis } from '../../support/open-test-ledger.ts'

const totals = z.object({
  data: z.array(z.object({ counter: z.string(), label: z.string(), facts: z.int() })),
})

/** The rows of a CSV without quoted cells. */
function rowsOf(csv: string): readonly (readonly string[])[] {
  return csv
    .split('\r\n')
    .filter((line) => line.startsWith('payment:'))
    .map((line) => line.split(','))
}

describe.each(engines)('GET /v1/facts.csv on %s', (engine) => {
  test('all facts are as many of each series as /v1/totals counts, and can be continued', async () => {
    const api = await openLedgerApi(engine)
    const sold = Array.from({ length: 1_220 }, (_, index) => payment(`p${index}`))
    await api.record([...sold, payment('f', 'failed'), payment('r', 'refunded')])
    const answer = await api.ask('/v1/facts.csv')
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const rows = rowsOf(await answer.text())
    const { data } = await api.read('/v1/totals', totals)
    for (const { counter, label, facts } of data)
      expect(rows.filter((row) => row[1] === counter && row[2] === label).length).toBe(facts)
    expect(rows.length).toBe(1_222)

    const cursor = rows[560]?.[0] ?? ''
    const rest = await (await api.ask(`/v1/facts.csv?cursor=${cursor}`)).text()
    expect(rest.startsWith('key,')).toBe(false)
    expect(rowsOf(rest)).toEqual(rows.slice(561))
    const last = rows.at(-1)?.[0]
    expect(await (await api.ask(`/v1/facts.csv?cursor=${last}`)).text()).toBe('')
    const head = await api.ask('/v1/facts.csv', { method: 'HEAD' })
    expect(await head.text()).toBe('')
  })

  test('a period is half open', async () => {
    const api = await openLedgerApi(engine)
    const at = (id: string, occurredAt: number) => payment(id, 'success', { occurredAt })
    const day = genesis + 86_400_000
    await api.record([at('a', day - 1), at('b', day), at('c', day + 86_400_000)])
    const period = 'occurred_after=2026-01-02&occurred_before=2026-01-03'
    const csv = await (await api.ask(`/v1/facts.csv?${period}`)).text()
    expect(rowsOf(csv).map(([key]) => key)).toEqual(['payment:success:b'])
  })
})

test('a HEAD reads no fact', async () => {
  const api = createApi({ onFault: () => undefined, requestIdOf: () => 'request' })
  factsCsvRoute(() => Promise.reject(new Error('a fact was read')))(api)
  const head = await api.request('/v1/facts.csv', { method: 'HEAD' })
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8'])
})

test('an unknown cursor is a problem with status 404', async () => {
  const api = await openLedgerApi('sqlite')
  expect((await api.ask('/v1/facts.csv?cursor=payment:success:x')).status).toBe(404)
})

test('a client that goes away ends the reading, also while no fact matches', async () => {
  let reads = 0
  const api = createApi({ onFault: () => undefined, requestIdOf: () => 'request' })
  factsCsvRoute(async () => {
    await setImmediate()
    reads += 1
    return { facts: [], next: `payment:success:${reads}` }
  })(api)
  const answer = await api.request('/v1/facts.csv')
  const reader = answer.body?.getReader()
  await reader?.read()
  await vi.waitFor(() => expect(reads).toBeGreaterThan(2))
  await reader?.cancel()
  const readsWhenGone = reads
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
  expect(reads).toBeLessThanOrEqual(readsWhenGone + 1)
})
