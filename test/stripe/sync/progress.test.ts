import { expect, test, vi } from 'vitest'
import type { ListCall, ListPath } from '../../support/fake-stripe-lists.ts'
import { succeededCharge, succeededEvent } from '../../support/listed-payments.ts'
import { type ListedShop, openListedShop } from '../../support/listed-shop.ts'

const pageCount = 12
const perPage = 100
const patience = { timeout: 30_000 }
const unwell = { status: 503, body: { error: { message: 'unwell' } } }

/** Objects of the last four hours, newest first, older than what a sweep reads twice. */
function backlog<T>(make: (name: string, created: number) => T): T[] {
  const newest = Math.floor(Date.now() / 1000) - 2 * 3_600
  return Array.from({ length: pageCount * perPage }, (_, index) =>
    make(String(index), newest - index * 5),
  )
}

/** How often each page of a list was answered with its objects. */
function readings(calls: readonly ListCall[], refused: ReadonlySet<ListCall>, path: ListPath) {
  const counts = new Map<string, number>()
  for (const call of calls) {
    if (call.path !== path || refused.has(call)) continue
    const page = `${call.startingAfter ?? 'first'} to ${call.createdTo}`
    counts.set(page, (counts.get(page) ?? 0) + 1)
  }
  return counts
}

/** Refuses three calls of a list, which is what Stripe's client tries, after every few that it answers. */
function refuseAfterEvery({ stripe }: ListedShop, count: number, path: ListPath): Set<ListCall> {
  const refused = new Set<ListCall>()
  let calls = 0
  stripe.answerPage = (call) => {
    if (call.path !== path) return undefined
    const turn = calls % (count + 3)
    calls += 1
    if (turn < count) return undefined
    refused.add(call)
    return unwell
  }
  return refused
}

test('an interrupted sweep continues where it was, however often, and reads no page three times', async () => {
  const shop = await openListedShop()
  shop.stripe.lists['/v1/events'] = backlog(succeededEvent)
  const refused = refuseAfterEvery(shop, 4, '/v1/events')
  let sweeps = 0
  let swept = false
  while (!swept && sweeps < 10) {
    sweeps += 1
    swept = await shop
      .app()
      .syncJobs.runSweep()
      .then(
        () => true,
        () => false,
      )
  }
  expect(swept).toBe(true)
  expect(await shop.keys()).toHaveLength(pageCount * perPage)
  const counts = readings(shop.stripe.listCalls, refused, '/v1/events')
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(2)
  expect((await shop.job('sweep'))?.position).toBeGreaterThan(Date.now() - 120_000)
})

test('another process continues where the last one stopped', async () => {
  const shop = await openListedShop()
  shop.stripe.lists['/v1/events'] = backlog(succeededEvent)
  const refused = refuseAfterEvery(shop, 5, '/v1/events')
  await expect(shop.app().syncJobs.runSweep()).rejects.toMatchObject({ code: 'stripe_unavailable' })
  expect(await shop.keys()).toHaveLength(5 * perPage)
  shop.stripe.answerPage = () => undefined
  await shop.restart()
  await vi.waitFor(
    async () => expect(await shop.keys()).toHaveLength(pageCount * perPage),
    patience,
  )
  const counts = readings(shop.stripe.listCalls, refused, '/v1/events')
  expect([...counts.values()].filter((count) => count > 1).length).toBeLessThanOrEqual(1)
})

test('an object that Stripe no longer has is stepped over', async () => {
  const shop = await openListedShop()
  const events = backlog(succeededEvent)
  shop.stripe.lists['/v1/events'] = events
  refuseAfterEvery(shop, 3, '/v1/events')
  await expect(shop.app().syncJobs.runSweep()).rejects.toMatchObject({ code: 'stripe_unavailable' })
  shop.stripe.answerPage = () => undefined
  shop.stripe.lists['/v1/events'] = events.toSpliced(3 * perPage - 1, 1)
  await shop.app().syncJobs.runSweep()
  expect(await shop.keys()).toHaveLength(pageCount * perPage)
})

test('a reconcile continues where it was, with what it had noticed but not recorded', async () => {
  const shop = await openListedShop({
    // The minute that a webhook has to arrive never ends in the first process.
    dependencies: {
      pause: (_, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        ),
    },
  })
  shop.stripe.lists['/v1/charges'] = backlog(succeededCharge)
  const noneRefused = new Set<ListCall>()
  const broken = shop
    .app()
    .syncJobs.runReconcile()
    .catch(() => undefined)
  await vi.waitFor(async () => {
    const { progress = null } = (await shop.job('reconcile')) ?? {}
    expect(progress).toContain('"list":null')
  }, patience)
  expect(await shop.keys()).toEqual([])
  await shop.restart({ dependencies: { pause: () => Promise.resolve() } })
  await broken
  await vi.waitFor(async () => expect((await shop.job('reconcile'))?.progress).toBeNull(), patience)
  expect(await shop.keys()).toHaveLength(pageCount * perPage)
  const report: unknown = JSON.parse((await shop.job('reconcile'))?.report ?? '')
  expect(report).toMatchObject({ drift: { count: pageCount * perPage } })
  const counts = readings(shop.stripe.listCalls, noneRefused, '/v1/charges')
  expect([...counts.values()]).toEqual(Array(pageCount).fill(1))
})

test('a reconcile that is interrupted in the middle of a list lists no page three times', async () => {
  const shop = await openListedShop()
  shop.stripe.lists['/v1/charges'] = backlog(succeededCharge)
  const refused = refuseAfterEvery(shop, 4, '/v1/charges')
  let reconciles = 0
  let reconciled = false
  while (!reconciled && reconciles < 10) {
    reconciles += 1
    reconciled = await shop
      .app()
      .syncJobs.runReconcile()
      .then(
        () => true,
        () => false,
      )
  }
  expect([reconciled, reconciles > 1]).toEqual([true, true])
  expect(await shop.keys()).toHaveLength(pageCount * perPage)
  const counts = readings(shop.stripe.listCalls, refused, '/v1/charges')
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(2)
})
