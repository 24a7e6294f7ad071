import type { Config } from '../config/config.ts'

/** The dependencies of a command. */
export interface CommandContext {
  /** Read on access; throws `invalid_settings`. */
  readonly config: Config
  /** The arguments after the command's name. */
  readonly args: readonly string[]
  readonly now: () => number
  /** Prints a line for the operator. */
  readonly print: (line: string) => void
  /** Asks the operator and resolves with the answer, trimmed. Absent if nobody can answer. */
  readonly ask?: (question: string) => Promise<string>
}

/** Resolves with the process's exit code: 0 if all is well, 1 if the command found a problem. */
export type Command = (context: CommandContext) => Promise<number>
