/** One long suite that is run and recorded by itself. */
export interface Part {
  /** Such as `chaos/kill`; `--only chaos` means all that begin with `chaos/`. */
  readonly id: string
  /** The program, from the root of the repository. */
  readonly program: string
  /** At full size. */
  readonly args: readonly string[]
  /** To try the command: about a tenth, never recorded as a proof. */
  readonly tenthArgs: readonly string[]
  /** Whether the program takes `--seed`. */
  readonly isSeeded: boolean
  /** On two cores with nothing else running. */
  readonly minutes: number
  /** Globs of the files whose change makes the record stale. Each must match something. */
  readonly sources: readonly string[]
}
