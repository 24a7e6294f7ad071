import { expect, test } from 'vitest'
import { readReconcileReport } from '../../../src/stripe/sync/reconcile-report.ts'
import { type ListedShop, openListedShop } from '../../support/listed-shop.ts'
import { deliver, eventBody } from '../../support/webhooks.ts'

const dayMs = 86_400_000
const unwell = { status: 503, body: { error: { message: 'unwell' } } }

/** Some days after a fact whose object Stripe does not have. */
async function openShopWithOrphan(days: number): Promise<ListedShop> {
  const shop = await openListedShop()
  await shop.app().syncJobs.runSweep()
  await deliver(shop.app().apiUrl, eventBody('payment_intent.succeeded'))
  await restartIn(shop, days)
  return shop
}

async function restartIn(shop: ListedShop, days: number): Promise<void> {
  const then = () => Date.now() + days * dayMs + 3_600_000
  shop.stripe.now = then
  await shop.restart({ dependencies: { now: then } })
}

async function breakOff({ stripe, app }: ListedShop): Promise<void> {
  stripe.answerPage = ({ path }) => (path === '/v1/refunds' ? unwell : undefined)
  await expect(app().syncJobs.runReconcile()).rejects.toMatchObject({ code: 'stripe_unavailable' })
  stripe.answerPage = () => undefined
}

/** The service resumes what was interrupted by itself. */
async function resumed(shop: ListedShop): Promise<void> {
  const progress = async () => (await shop.job('reconcile'))?.progress
  await expect.poll(progress, { timeout: 30_000 }).toBeNull()
}

test('an interrupted wide reconcile still searches for orphans when it continues', async () => {
  const shop = await openShopWithOrphan(1)
  await breakOff(shop)
  await resumed(shop)
  const report = readReconcileReport(await shop.job('reconcile'))
  expect(report).toMatchObject({ isWide: true, orphans: { absent: 1 } })
  expect((await shop.app().syncJobs.runReconcile()).isWide).toBe(false)
})

test('if another process continues it, the next one is wide and searches for them', async () => {
  const shop = await openShopWithOrphan(1)
  await breakOff(shop)
  await restartIn(shop, 1)
  await resumed(shop)
  const { isWide, orphans } = await shop.app().syncJobs.runReconcile()
  expect([isWide, orphans?.absent]).toEqual([true, 1])
})

test('what happened before a search that was left out is looked for by the next one', async () => {
  const shop = await openShopWithOrphan(5)
  await breakOff(shop)
  await restartIn(shop, 5)
  await resumed(shop)
  await restartIn(shop, 6)
  expect((await shop.app().syncJobs.runReconcile()).orphans?.absent).toBe(1)
})
