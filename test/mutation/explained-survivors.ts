/** A mutant of Stryker's that no test can or need notice. */
export interface ExplainedSurvivor {
  readonly file: string
  /** The whole source line, trimmed. */
  readonly line: string
  /** What Stryker put in. */
  readonly replacement: string
  readonly reason: string
}

/** `test/tidy/mutants.test.ts` fails when a line is no longer in its file. */
export const explainedSurvivors: readonly ExplainedSurvivor[] = []
