import { expect, test } from 'vitest'
import { paymentKey } from '../../../src/ledger/fact-key.ts'
import {
  claimKey,
  createAttemptMemory,
  type FailedAttempt,
} from '../../../src/ledger/record/failed-attempt.ts'
import { type Attempt, createAttempts } from '../../support/failed-attempts.ts'
import { createRandom, type Random } from '../../support/random.ts'

const seed = Date.now() % 1_000_000
const lives = 20_000

/** An event, or the id of a charge that a list shows. */
type Witness = FailedAttempt | string

/** How many attempts these witnesses come to, in this order. */
function count(witnesses: readonly Witness[]): number {
  const facts = new Set<string>()
  const memory = createAttemptMemory()
  for (const witness of witnesses) {
    const key =
      typeof witness === 'string' ? paymentKey('failed', witness) : claimKey(witness, memory)
    if (key !== undefined) facts.add(key)
  }
  return facts.size
}

function witnessesOf(attempts: readonly Attempt[]): Witness[] {
  return attempts.flatMap(({ events, ownCharge }) => [
    ...events,
    ...(ownCharge === null ? [] : [ownCharge]),
  ])
}

/** The witnesses, some of them twice, in any order. */
function disorder(random: Random, witnesses: readonly Witness[]): Witness[] {
  return random.shuffle(witnesses.flatMap((one) => (random.chance(0.3) ? [one, one] : [one])))
}

test(`each failed attempt counts once, in any order, with or without a list (seed ${seed})`, () => {
  const random = createRandom(seed)
  for (let life = 0; life < lives; life += 1) {
    const attempts = createAttempts(random, life)
    const isListed = random.chance(0.5)
    const seen = witnessesOf(attempts).filter((one) => isListed || typeof one !== 'string')
    const witnesses = disorder(random, seen)
    expect(count(witnesses), JSON.stringify(witnesses)).toBe(attempts.length)
  }
})

test(`what nobody saw is at most not counted, never counted twice (seed ${seed})`, () => {
  const random = createRandom(seed)
  for (let life = 0; life < lives; life += 1) {
    const attempts = createAttempts(random, life)
    const witnesses = disorder(
      random,
      witnessesOf(attempts).filter(() => random.chance(0.5)),
    )
    const seen = attempts.filter(
      ({ events, ownCharge }) =>
        events.some((event) => witnesses.includes(event)) ||
        (ownCharge !== null && witnesses.includes(ownCharge)),
    ).length
    const counted = count(witnesses)
    expect(counted, JSON.stringify(witnesses)).toBeLessThanOrEqual(seen)
    const unseenEvents = attempts.filter(
      ({ events }) => !events.some((event) => witnesses.includes(event)),
    ).length
    expect(counted, JSON.stringify(witnesses)).toBeGreaterThanOrEqual(seen - unseenEvents)
  }
})
