import { expect, test, vi } from 'vitest'
import { createPriceCache } from '../../src/billing/price-cache.ts'
import { parsePlans } from '../../src/config/plans.ts'
import type { Price } from '../../src/stripe/client/gateway.ts'

const minuteMs = 60_000
const ageMsMax = 5 * minuteMs

/** A cache over a Stripe that responds when the test lets it, with a new price each time. */
function openCache() {
  const parsed = parsePlans('starter')
  if ('problems' in parsed) throw new Error(parsed.problems.join())
  const time = { now: 0 }
  const waiting: ((failure?: Error) => void)[] = []
  const findPrices = vi.fn(
    () =>
      new Promise<readonly Price[]>((resolve, reject) => {
        const price = priceOf(`price_${findPrices.mock.calls.length}`)
        waiting.push((failure) => (failure === undefined ? resolve([price]) : reject(failure)))
      }),
  )
  const gateway = { findPrices, retrievePrice: () => Promise.resolve(undefined) }
  const cache = createPriceCache(parsed.plans, gateway, () => time.now)
  const idOf = async (ageMs: number) => (await cache.read(ageMs)).get('starter')?.id
  return { time, findPrices, idOf, answer: (failure?: Error) => waiting.shift()?.(failure) }
}

function priceOf(id: string): Price {
  const amount = { unitAmountMinor: 1900, currency: 'usd', recurring: null }
  return {
    id,
    lookupKey: 'starter',
    active: true,
    productId: 'prod_1',
    productActive: true,
    ...amount,
  }
}

test('prices older than a minute are served and read again in the background', async () => {
  const { time, findPrices, idOf, answer } = openCache()
  const first = idOf(ageMsMax)
  answer()
  expect(await first).toBe('price_1')
  time.now = minuteMs - 1
  expect([await idOf(ageMsMax), findPrices.mock.calls.length]).toEqual(['price_1', 1])
  time.now = minuteMs
  expect([await idOf(ageMsMax), await idOf(ageMsMax)]).toEqual(['price_1', 'price_1'])
  expect(findPrices).toHaveBeenCalledTimes(2)
  answer()
  await vi.waitFor(async () => expect(await idOf(ageMsMax)).toBe('price_2'))
})

test('prices older than the caller allows are waited for, and a failure is the caller’s', async () => {
  const { time, idOf, answer } = openCache()
  const first = idOf(ageMsMax)
  answer()
  await first
  time.now = 2 * minuteMs
  await idOf(ageMsMax)
  answer(new Error('away'))
  time.now = ageMsMax
  await vi.waitFor(async () => {
    const late = idOf(ageMsMax)
    answer(new Error('away still'))
    await expect(late).rejects.toThrow('away still')
  })
})

test('a fresh read does not share a read that began earlier', async () => {
  const { findPrices, idOf, answer } = openCache()
  const before = idOf(ageMsMax)
  const [anew, again] = [idOf(0), idOf(0)]
  answer()
  expect(await before).toBe('price_1')
  await vi.waitFor(() => expect(findPrices).toHaveBeenCalledTimes(2))
  answer()
  expect([await anew, await again]).toEqual(['price_2', 'price_2'])
  expect(findPrices).toHaveBeenCalledTimes(2)
})
