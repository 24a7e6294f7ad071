import { expect, test } from 'vitest'
import { runTarget } from './run-target.ts'
import { targets } from './targets.ts'

/** The same inputs every time, so that the gate does not fail by chance; `npm run fuzz` has others. */
const seed = 20_261_125

test.each(targets)('$name withstand a small run of generated inputs', async (target) => {
  const { counts } = await runTarget(target, target.sizes.small, seed)
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(
    target.sizes.small,
  )
})
