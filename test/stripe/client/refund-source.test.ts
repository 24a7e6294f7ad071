import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { createUnlimitedPacing } from '../../../src/stripe/client/pacing.ts'
import {
  createRefundSource,
  patientRefundSource,
  UnansweredCharge,
} from '../../../src/stripe/client/refund-source.ts'

const pacing = createUnlimitedPacing(new AbortController().signal, async () => undefined)
const away = new AppError('stripe_unavailable', 'try again')

test('a page of a hundred refunds is four calls at a time', async () => {
  let running = 0
  let most = 0
  const source = createRefundSource({
    retrieveCharge: async (id) => {
      running += 1
      most = Math.max(most, running)
      await new Promise(setImmediate)
      running -= 1
      return id
    },
    listRefundsOfCharge: async () => [],
  })
  const ids = Array.from({ length: 100 }, (_, index) => `ch_${index}`)
  expect(await Promise.all(ids.map(source.retrieveCharge))).toEqual(ids)
  expect(most).toBe(4)
})

test('a charge that Stripe fails to show is given up at the third job, one that it shows in time is not', async () => {
  const failures = new Map<string, number>()
  let isAway = true
  const source = patientRefundSource(
    {
      retrieveCharge: async (id) => {
        if (isAway) throw away
        return id
      },
      listRefunds: async () => [],
    },
    pacing,
    failures,
  )
  for (const _ of [1, 2]) await expect(source.retrieveCharge('ch_1')).rejects.toBe(away)
  isAway = false
  expect(await source.retrieveCharge('ch_1')).toBe('ch_1')
  isAway = true
  for (const _ of [1, 2]) await expect(source.retrieveCharge('ch_1')).rejects.toBe(away)
  await expect(source.retrieveCharge('ch_1')).rejects.toBeInstanceOf(UnansweredCharge)
})
