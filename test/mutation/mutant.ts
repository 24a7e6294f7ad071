/** One deliberate error in the source. Tests must notice it, or a reason says why nothing can. */
export type Mutant = {
  readonly id: string
  readonly file: string
  /** Must match exactly once in the file. */
  readonly find: string
  readonly replace: string
} & (TestedMutant | { readonly explained: string })

export interface TestedMutant {
  /** The narrow test files one of which must fail. */
  readonly tests: readonly string[]
  /** Runs only the tests whose name matches this pattern. */
  readonly named?: string
}

/** Returns the source with the mutant in it. Throws a RangeError unless `find` matches exactly once. */
export function applyMutant(source: string, { id, find, replace }: Mutant): string {
  const matches = source.split(find).length - 1
  if (matches !== 1)
    throw new RangeError(`the mutant ${id}: its text is found ${matches} times, not once`)
  return source.replace(find, () => replace)
}
