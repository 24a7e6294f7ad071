import { expect, test } from 'vitest'
import { z } from 'zod'
import { succeededCharge, succeededEvent } from '../../support/listed-payments.ts'
import { type ListedShop, openListedShop } from '../../support/listed-shop.ts'

const page = z.object({ data: z.array(z.object({ id: z.string() })) })

async function openLetters(shop: ListedShop, state = 'open'): Promise<readonly string[]> {
  const answer = await shop.app().call('GET', `/v1/dead-letters?state=${state}`)
  return page
    .parse(await answer.json())
    .data.map(({ id }) => id)
    .toSorted()
}

function anHourAgo(): number {
  return Math.floor(Date.now() / 1000) - 3_600
}

test("a reconcile's dead letter is resolved by the reconcile that counts its object", async () => {
  const shop = await openListedShop()
  const charge = succeededCharge('late', anHourAgo())
  const broken = { ...charge, captured: 'jenny@example.com' }
  const other = { ...succeededCharge('broken', anHourAgo()), captured: null }
  shop.stripe.lists['/v1/charges'] = [broken, other]
  await shop.app().syncJobs.runReconcile()
  expect(await openLetters(shop)).toEqual(['ch_broken', 'ch_late'])

  shop.stripe.lists['/v1/charges'] = [charge, other]
  await shop.app().syncJobs.runReconcile()
  expect(await shop.keys()).toEqual(['payment:success:pi_late'])
  expect(await openLetters(shop)).toEqual(['ch_broken'])
  const told = shop.app().logLines.filter((line) => line.includes('a dead letter is resolved'))
  expect(told).toHaveLength(1)
  expect(told[0]).toContain('ch_late')

  // It proves nothing that counts, and can be read.
  shop.stripe.lists['/v1/charges'] = [charge, { ...other, captured: false }]
  await shop.app().syncJobs.runReconcile()
  expect(await openLetters(shop)).toEqual([])
  expect(await shop.keys()).toEqual(['payment:success:pi_late'])
})

test("a sweep's dead letter is resolved by the sweep that counts its event, and a dismissed one stays", async () => {
  const shop = await openListedShop()
  const events = ['late', 'dismissed'].map((name) => succeededEvent(name, anHourAgo()))
  shop.stripe.lists['/v1/events'] = events.map((event) => ({ ...event, data: { object: {} } }))
  await shop.app().syncJobs.runSweep()
  expect(await openLetters(shop)).toEqual(['evt_dismissed', 'evt_late'])
  const dismissed = await shop.app().call('POST', '/v1/dead-letters/evt_dismissed/dismiss')
  expect(dismissed.ok).toBe(true)

  shop.stripe.lists['/v1/events'] = events
  await shop.app().syncJobs.runSweep()
  expect(await shop.keys()).toEqual(['payment:success:pi_dismissed', 'payment:success:pi_late'])
  expect([await openLetters(shop), await openLetters(shop, 'dismissed')]).toEqual([
    [],
    ['evt_dismissed'],
  ])
})
