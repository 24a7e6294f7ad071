/** No input may take longer, in milliseconds of CPU. */
const limitMs = 50

export interface CpuWatch {
  readonly slowestMs: number
  /**
   * Compares what an input took, in milliseconds of CPU, with the limit. `again` runs it once more where it
   * took too long, which rules out a garbage collection or a first compilation. Throws when both took too long.
   */
  compare(tookMs: number, again: () => number): void
  /** The same for an input that another process handles. */
  compareLater(tookMs: number, again: () => Promise<number>): Promise<void>
}

export function createCpuWatch(): CpuWatch {
  let slowestMs = 0
  const note = (tookMs: number): void => {
    slowestMs = Math.max(slowestMs, tookMs)
    if (tookMs > limitMs)
      throw new Error(`took ${tookMs.toFixed(1)} ms of CPU, and ${limitMs} are allowed`)
  }
  return {
    get slowestMs() {
      return slowestMs
    },
    compare: (tookMs, again) => note(tookMs > limitMs ? Math.min(tookMs, again()) : tookMs),
    compareLater: async (tookMs, again) =>
      note(tookMs > limitMs ? Math.min(tookMs, await again()) : tookMs),
  }
}

/** What this thread has used of the CPU so far, in milliseconds. */
export function ownCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
