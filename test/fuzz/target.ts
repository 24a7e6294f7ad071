interface RunOutcome {
  /** The smallest input that failed and why; undefined when none did. */
  readonly failure: string | undefined
  /** The most that a single input took, in milliseconds of CPU. */
  readonly slowestMs: number
  /** How many inputs ended in which way, so that a run that never gets past the first check is seen. */
  readonly counts: Readonly<Record<string, number>>
}

export interface OpenTarget {
  /** Checks so many generated inputs. The same seed generates the same inputs. */
  run(runCount: number, seed: number): Promise<RunOutcome>
  /** What is held after what can be freed was freed, in bytes. */
  memoryBytes(): Promise<number>
}

/** One thing that takes inputs from outside. */
export interface FuzzTarget {
  readonly name: string
  /** How many inputs a full run and the one in `npm test` have. */
  readonly sizes: { readonly full: number; readonly small: number }
  /** How much more memory than after the first tenth may be held at the end, in bytes. */
  readonly memoryGrowthBytesMax: number
  open(stack: AsyncDisposableStack): Promise<OpenTarget>
}
