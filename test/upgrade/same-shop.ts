import { expect, vi } from 'vitest'
import { z } from 'zod'
import { readSeries } from '../support/read-series.ts'
import type { RunningService } from '../support/run-service.ts'
import { type FormerShop, seriesAtRest } from './fixture.ts'

/** Scrapes, and sees that no value falls. */
export function readScrapes({ metricsUrl }: RunningService) {
  let last: ReadonlyMap<string, number> = new Map()
  return async (): Promise<ReadonlyMap<string, number>> => {
    const page = await readSeries(metricsUrl)
    for (const [name, value] of last) expect(page.get(name), name).toBeGreaterThanOrEqual(value)
    last = page
    return page
  }
}

const listOf = z.object({ data: z.array(z.looseObject({ id: z.string() })) })

async function read(url: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await fetch(url, { headers })
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

/** All facts and totals that there were, and those that were under way. */
export async function expectSameLedger({ apiUrl }: RunningService, { expected }: FormerShop) {
  const totals = z
    .looseObject({ data: z.array(z.looseObject({ facts: z.int(), committed: z.int() })) })
    .parse(await read(`${apiUrl}/v1/totals`))
  const { seriesId, account, genesis } = expected
  expect(totals).toMatchObject({ series_id: seriesId, account, genesis, mode: 'emulator' })
  for (const row of totals.data)
    expect(row).toMatchObject({ facts: row.committed, exposed: row.committed })
  const facts = z
    .object({ data: z.array(z.looseObject({ key: z.string() })) })
    .parse(await read(`${apiUrl}/v1/facts?limit=100`)).data
  const pending = Object.values(expected.pending).reduce((sum, count) => sum + count, 0)
  expect(facts).toHaveLength(expected.facts.length + pending)
  for (const fact of expected.facts) expect(facts).toContainEqual(fact)
}

/** All campaigns, and what became of their posts. */
export async function expectSamePosts({ apiUrl }: RunningService, { expected }: FormerShop) {
  const campaigns = listOf.parse(await read(`${apiUrl}/v1/campaigns?limit=100`)).data
  expect(campaigns).toMatchObject(expected.campaigns)
  await vi.waitFor(
    async () => {
      const lists = campaigns.map(({ id }) => read(`${apiUrl}/v1/campaigns/${id}/posts?limit=100`))
      const posts = (await Promise.all(lists)).flatMap((list) => listOf.parse(list).data)
      for (const { id, state, text } of expected.posts)
        expect(posts).toContainEqual(
          expect.objectContaining({ id, state: expect.stringMatching(becomes(state)), text }),
        )
    },
    { timeout: 50_000 },
  )
}

/** An attempt under way was nobody's to tell of any more; one that waits may be tried again, or be too late. */
function becomes(state: string): RegExp {
  if (state === 'sending') return /^unknown$/
  return state === 'due' ? /^(due|sending|unknown)$/ : new RegExp(`^${state}$`)
}

/** All payments, none of them under way any more; the pages; the same account. */
export async function expectSameEmulator({ shopUrl }: RunningService, { expected }: FormerShop) {
  const key = { authorization: 'Bearer sk_test_any' }
  const intents = listOf.parse(await read(`${shopUrl}/v1/payment_intents?limit=100`, key)).data
  for (const payment of expected.payments)
    expect(intents).toContainEqual(expect.objectContaining(payment))
  expect(intents.map(({ status }) => status)).not.toContain('processing')
  expect(await read(`${shopUrl}/v1/account`, key)).toMatchObject({ id: expected.account })
  expect(await read(`${shopUrl}/emulator/deliveries`)).toEqual({ pending: 0 })
  const truth = z
    .object({ payments: z.record(z.string(), z.object({ count: z.int() })) })
    .parse(await read(`${shopUrl}/emulator/truth`))
  for (const [name, value] of seriesAtRest(expected)) {
    const [, status] = /status="(\w+)"/.exec(name) ?? []
    if (status !== undefined) expect(truth.payments[status]?.count, status).toBe(value)
  }
  const page = await (await fetch(String(shopUrl))).text()
  for (const text of ['Starter', 'Professional', 'Enterprise', 'refunded', 'Declined'])
    expect(page).toContain(text)
}
