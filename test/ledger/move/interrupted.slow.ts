import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { leaveManyFacts, moveKilled, moveOn, openSides, startable } from './interrupted.ts'
import { readRows } from './read-rows.ts'

/** A kill takes seconds, so a run takes every third statement and begins with another one each time. */
const every = 3

test.each(['after', 'sent'] as const)(
  'a kill at a statement (%s it) leaves at most one side to start, and the same command completes the move',
  async (when) => {
    const original = await leaveManyFacts()
    const seen = new Set<string>()
    let kills = 0
    const first = randomInt(1, every + 1)
    for (let statement = first; ; statement += every) {
      const sides = await openSides(original)
      const rows = await readRows(sides.file)
      if (!(await moveKilled(sides, statement, when))) break
      kills += 1
      const left = await startable(sides)
      expect(left.length, `after statement ${statement}`).toBeLessThanOrEqual(1)
      seen.add(left.join())
      expect((await moveOn(sides)).exitCode).toBe(0)
      expect(await startable(sides)).toEqual(['postgres'])
      const { ledger: before, ...others } = rows
      const { ledger: after, ...moved } = await readRows(sides.postgres)
      expect(moved).toEqual(others)
      expect(after).toEqual(before)
    }
    process.stdout.write(
      `move: ${kills} kills ${when} a statement from the ${first}. on, left to start: ${[...seen].join(' | ')}\n`,
    )
    expect(seen).toContain('')
    expect(kills).toBeGreaterThan(8)
  },
  1_800_000,
)
