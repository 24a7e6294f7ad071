import { expect, test } from 'vitest'
import { paymentKey } from '../../../src/ledger/fact-key.ts'
import {
  claimKey,
  createAttemptMemory,
  type FailedAttempt,
  twinOf,
} from '../../../src/ledger/record/failed-attempt.ts'
import { type Attempt, createAttempts } from '../../support/failed-attempts.ts'
import { createRandom, type Random } from '../../support/random.ts'

const seed = Date.now() % 1_000_000
const lives = 20_000

/** An event, or the id of a charge that a list shows. */
type Report = FailedAttempt | string

/** How many attempts these reports come to, in this order. */
function count(reports: readonly Report[]): number {
  const facts = new Set<string>()
  const memory = createAttemptMemory()
  for (const report of reports) {
    const key = typeof report === 'string' ? paymentKey('failed', report) : claimKey(report, memory)
    if (key !== undefined) facts.add(key)
  }
  return facts.size
}

function describe(reports: readonly Report[]): string {
  return `seed ${seed}: ${JSON.stringify(reports)}`
}

function reportsOf(attempts: readonly Attempt[]): Report[] {
  return attempts.flatMap(({ events, ownCharge }) => [
    ...events,
    ...(ownCharge === null ? [] : [ownCharge]),
  ])
}

/** The reports, some of them twice, in any order. */
function disorder(random: Random, reports: readonly Report[]): Report[] {
  return random.shuffle(reports.flatMap((one) => (random.chance(0.3) ? [one, one] : [one])))
}

// The seed is in what a failure prints, not in the name: Stryker chooses tests by name, in another process.
test('each failed attempt counts once, in any order, with or without a list', () => {
  const random = createRandom(seed)
  for (let life = 0; life < lives; life += 1) {
    const attempts = createAttempts(random, life)
    const isListed = random.chance(0.5)
    const seen = reportsOf(attempts).filter((one) => isListed || typeof one !== 'string')
    const reports = disorder(random, seen)
    expect(count(reports), describe(reports)).toBe(attempts.length)
  }
})

test('two events without a request are twins only if charge, error and second are the same', () => {
  const attempt: FailedAttempt = {
    eventId: 'evt_1',
    paymentIntent: 'pi_1',
    requestId: null,
    createdSeconds: 1,
    charge: { id: 'ch_1', namedAs: 'latest' },
    error: { code: 'card_declined', paymentMethod: 'pm_1' },
  }
  expect(twinOf(attempt)).toBe('pi_1 1 ch_1 card_declined pm_1')
  expect(twinOf({ ...attempt, charge: null, error: null })).toBe('pi_1 1   ')
  expect(twinOf({ ...attempt, requestId: 'req_1' })).toBe('pi_1 req_1')
})

test('an event that another API version renders otherwise is still the same attempt', () => {
  const attempt: FailedAttempt = {
    eventId: 'evt_1',
    paymentIntent: 'pi_1',
    requestId: null,
    createdSeconds: 1,
    charge: null,
    error: { code: 'card_declined', paymentMethod: 'pm_1' },
  }
  expect(count([attempt, { ...attempt, error: null }])).toBe(1)
})

test('an unobserved attempt may be missed but is never counted twice', () => {
  const random = createRandom(seed)
  for (let life = 0; life < lives; life += 1) {
    const attempts = createAttempts(random, life)
    const reports = disorder(
      random,
      reportsOf(attempts).filter(() => random.chance(0.5)),
    )
    const seen = attempts.filter(
      ({ events, ownCharge }) =>
        events.some((event) => reports.includes(event)) ||
        (ownCharge !== null && reports.includes(ownCharge)),
    ).length
    const counted = count(reports)
    expect(counted, describe(reports)).toBeLessThanOrEqual(seen)
    const unseenEvents = attempts.filter(
      ({ events }) => !events.some((event) => reports.includes(event)),
    ).length
    expect(counted, describe(reports)).toBeGreaterThanOrEqual(seen - unseenEvents)
  }
})
