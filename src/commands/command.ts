import type { Config } from '../config/config.ts'

/** What a command may use. */
export interface CommandContext {
  /** Read when it is asked for: throws `invalid_settings`. */
  readonly config: Config
  /** What follows the command's name. */
  readonly args: readonly string[]
  readonly now: () => number
  /** Prints a line for the person who called. */
  readonly print: (line: string) => void
}

/** Resolves with the process's exit code: 0 when all is well, 1 when the answer is bad news. */
export type Command = (context: CommandContext) => Promise<number>
