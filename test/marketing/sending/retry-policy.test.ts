import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planSlots } from '../../../src/marketing/campaigns/plan-slots.ts'
import { readRetryAfter } from '../../../src/marketing/channels/retry-after.ts'
import {
  attemptsMax,
  cooldownMsOf,
  decideRetry,
} from '../../../src/marketing/sending/retry-policy.ts'
import { createCronSchedule } from '../../../src/time/cron-schedule.ts'
import { minuteMs, morning } from '../../support/marketing.ts'

const nine = morning + 30_000
const everyMinute = createCronSchedule('* * * * *', 'UTC', morning)
const graceMs = 10 * minuteMs

describe('slots that came up since the last look', () => {
  it('are due within the grace and missed beyond it', () => {
    const plan = planSlots(everyMinute, {
      slotsThrough: morning,
      now: nine + 12 * minuteMs,
      graceMs,
      countMax: 100,
    })
    expect(plan.missed).toEqual([nine, nine + minuteMs])
    expect(plan.due[0]).toBe(nine + 2 * minuteMs)
    expect(plan.due).toHaveLength(11)
    expect(plan.slotsThrough).toBe(nine + 12 * minuteMs)
    expect(plan.nextSlotAt).toBe(nine + 13 * minuteMs)
  })

  it('are none before the first slot', () => {
    const window = { slotsThrough: morning, now: morning + 1, graceMs, countMax: 100 }
    expect(planSlots(everyMinute, window)).toEqual({
      due: [],
      missed: [],
      slotsThrough: morning + 1,
      nextSlotAt: nine,
    })
  })

  it('do not come again when the clock steps back', () => {
    const window = { slotsThrough: nine, now: nine - 5 * minuteMs, graceMs, countMax: 100 }
    const plan = planSlots(everyMinute, window)
    expect(plan.due).toEqual([])
    expect(plan.slotsThrough).toBe(nine)
    expect(plan.nextSlotAt).toBe(nine + minuteMs)
  })

  it('are each seen once, however the looks fall', () => {
    const looks = fc.array(fc.integer({ min: 0, max: 40 * minuteMs }), { maxLength: 30 })
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 20 }), (waits, countMax) => {
        const seen: number[] = []
        let now = morning
        let slotsThrough = morning
        const look = () => {
          const plan = planSlots(everyMinute, { slotsThrough, now, graceMs, countMax })
          seen.push(...plan.missed, ...plan.due)
          slotsThrough = plan.slotsThrough
          return plan.nextSlotAt !== null && plan.nextSlotAt <= now
        }
        for (const wait of waits) {
          now += wait
          look()
        }
        while (look());
        expect(seen).toEqual(everyMinute.between(morning, now, 100_000))
      }),
      { numRuns: 25 },
    )
  })
})

describe('after an attempt', () => {
  const first = { attempts: 1, mayHaveArrived: false }
  const refused = {
    kind: 'retry',
    reason: 'refused',
    mayHaveArrived: false,
  } as const

  it('a confirmed post is sent', () => {
    expect(decideRetry({ kind: 'sent', receipt: 'r1' }, first)).toEqual({
      state: 'sent',
      receipt: 'r1',
    })
  })

  it('a post that did not arrive waits longer each time', () => {
    const waits = [1, 2, 3, 7].map((attempts) => {
      const change = decideRetry(refused, { ...first, attempts })
      return change.state === 'due' ? change.waitMs : undefined
    })
    expect(waits).toEqual([5_000, 10_000, 20_000, 300_000])
  })

  it('a post waits as long as the channel asks', () => {
    const change = decideRetry({ ...refused, cooldownMs: 3_600_000 }, first)
    expect(change).toMatchObject({ state: 'due', waitMs: 3_600_000 })
  })

  it('a post fails when the channel asks for more than an hour', () => {
    const change = decideRetry({ ...refused, cooldownMs: 3_600_001 }, first)
    expect(change).toEqual({
      state: 'failed',
      reason: 'refused and asks to wait longer than an hour',
    })
  })

  it('a post fails after its last attempt', () => {
    expect(decideRetry(refused, { ...first, attempts: attemptsMax }).state).toBe('failed')
  })

  it('a post that may have arrived ends as unknown, never as failed', () => {
    const doubtful = { ...first, mayHaveArrived: true }
    expect(decideRetry(refused, { ...doubtful, attempts: attemptsMax }).state).toBe('unknown')
    expect(decideRetry({ kind: 'failed', reason: 'gone' }, doubtful).state).toBe('unknown')
    expect(decideRetry({ kind: 'unknown', reason: 'reset' }, first).state).toBe('unknown')
    expect(decideRetry({ ...refused, mayHaveArrived: true }, first)).toMatchObject({
      state: 'due',
      mayHaveArrived: true,
    })
  })
})

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['0.5', 500],
    ['Mon, 05 Jan 2026 09:05:00 GMT', 5.5 * minuteMs],
    ['Sun, 04 Jan 2026 09:05:00 GMT', 0],
    ['-5', null],
    ['soon', null],
    ['', null],
  ])('%s is read', (header, waitMs) => {
    expect(readRetryAfter(new Headers({ 'retry-after': header }), morning)).toBe(waitMs)
  })

  it("as a date goes by the answer's own clock", () => {
    const headers = new Headers({
      'retry-after': 'Mon, 05 Jan 2026 10:05:00 GMT',
      date: 'Mon, 05 Jan 2026 10:00:00 GMT',
    })
    expect(readRetryAfter(headers, morning)).toBe(5 * minuteMs)
    expect(readRetryAfter(new Headers(), morning)).toBeNull()
  })
})

it.each([
  [undefined, 0],
  [5_000, 5_000],
  [48 * 60 * minuteMs, 24 * 60 * minuteMs],
])('a channel that asks for a pause of %s ms gets one of %s', (asked, pauseMs) => {
  const outcome = { kind: 'retry', reason: 'busy', mayHaveArrived: false } as const
  expect(cooldownMsOf(asked === undefined ? outcome : { ...outcome, cooldownMs: asked })).toBe(
    pauseMs,
  )
})
