import { expect, onTestFinished, test, vi } from 'vitest'
import { keepLease } from '../../../src/ledger/leader/keep-lease.ts'

const muchLaterMs = 60_000

/** Keeps a lease whose renewals the test counts and may let fail, in a time of its own. */
function keep(renew: () => Promise<void> = async () => undefined) {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const logged: string[] = []
  let renewals = 0
  const keeper = keepLease(
    () => {
      renewals += 1
      return renew()
    },
    {
      warn: (fields: object) => void logged.push(`warn ${JSON.stringify(fields)}`),
      info: (message: string) => void logged.push(`info ${message}`),
    },
  )
  return { keeper, logged, renewals: () => renewals }
}

test('the lease is renewed at once and again and again, until it is stopped', async () => {
  const { keeper, logged, renewals } = keep()
  expect(renewals()).toBe(1)
  await vi.advanceTimersByTimeAsync(10_000)
  const kept = renewals()
  expect(kept).toBeGreaterThan(10)
  await keeper.stop()
  await vi.advanceTimersByTimeAsync(muchLaterMs)
  expect(renewals()).toBe(kept)
  expect(logged).toEqual([])
})

test('the stop waits for a renewal under way, and none begins after it', async () => {
  const answer = Promise.withResolvers<void>()
  const { keeper, renewals } = keep(() => answer.promise)
  let hasStopped = false
  const stopping = keeper.stop().then(() => {
    hasStopped = true
  })
  await vi.advanceTimersByTimeAsync(muchLaterMs)
  expect(hasStopped).toBe(false)
  answer.resolve()
  await stopping
  await vi.advanceTimersByTimeAsync(muchLaterMs)
  expect(renewals()).toBe(1)
})

test('an outage is logged once with its reason, and so is its end', async () => {
  let isAway = true
  const { keeper, logged } = keep(async () => {
    if (isAway) throw new Error('the database is away')
  })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(logged).toEqual(['warn {"reason":"Error: the database is away"}'])
  isAway = false
  await vi.advanceTimersByTimeAsync(10_000)
  isAway = true
  await vi.advanceTimersByTimeAsync(10_000)
  await keeper.stop()
  const [outage] = logged
  expect(logged).toEqual([outage, expect.stringMatching(/^info /), outage])
})
