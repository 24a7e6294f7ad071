import type { Command } from '../../src/commands/command.ts'
import { type Environment, resolveConfig } from '../../src/config/config.ts'

export interface CommandAnswer {
  readonly exitCode: number
  readonly text: string
}

/** Runs a command with these settings, in this process. */
export async function runCommand(
  command: Command,
  environment: Environment,
  args: readonly string[] = [],
  now: () => number = Date.now,
): Promise<CommandAnswer> {
  const lines: string[] = []
  const config = resolveConfig(environment)
  const exitCode = await command({ config, args, now, print: (line) => void lines.push(line) })
  return { exitCode, text: lines.join('\n') }
}
