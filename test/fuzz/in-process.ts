import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { createCpuWatch, ownCpuMs } from './cpu-watch.ts'
import { explainFailure } from './explain-failure.ts'
import type { OpenTarget } from './target.ts'

setFlagsFromString('--expose_gc')
const collectGarbage: () => void = runInNewContext('gc')

/** A target that runs here. `check` returns how an input ended, and throws when it ended wrongly. */
export function inProcess<Input>(
  inputs: fc.Arbitrary<Input>,
  check: (input: Input) => string,
): OpenTarget {
  return {
    run: async (runCount, seed) => {
      const watch = createCpuWatch()
      const counts: Record<string, number> = {}
      const measure = (input: Input): number => {
        const beganMs = ownCpuMs()
        const end = check(input)
        counts[end] = (counts[end] ?? 0) + 1
        return ownCpuMs() - beganMs
      }
      const property = fc.property(inputs, (input) =>
        watch.compare(measure(input), () => measure(input)),
      )
      const details = fc.check(property, { numRuns: runCount, seed })
      return { failure: explainFailure(details), slowestMs: watch.slowestMs, counts }
    },
    memoryBytes: async () => {
      collectGarbage()
      return process.memoryUsage().heapUsed
    },
  }
}
