import { expect, test } from 'vitest'
import { leaveManyFacts, moveKilled, moveOn, openSides, startable } from './interrupted.ts'
import { readRows } from './read-rows.ts'

/** At the beginning, among the pages of facts, and near the end; interrupted.slow.ts kills at every statement. */
test.each([2, 8, 14])(
  'a move killed at its statement %i leaves at most one side to start, and the same command completes it',
  async (statement) => {
    const sides = await openSides(await leaveManyFacts())
    const rows = await readRows(sides.file)
    expect(await moveKilled(sides, statement, 'after')).toBe(true)
    expect((await startable(sides)).length).toBeLessThanOrEqual(1)
    expect((await moveOn(sides)).exitCode).toBe(0)
    expect(await startable(sides)).toEqual(['postgres'])
    expect(await readRows(sides.postgres)).toEqual(rows)
  },
)
