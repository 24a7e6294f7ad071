import type { Command } from '../../src/commands/command.ts'
import { resolveConfig } from '../../src/config/config.ts'
import type { DatabaseLocation } from '../../src/database/open.ts'
import { urlOf } from './location.ts'
import { genesis } from './open-test-ledger.ts'
import { runEntry } from './service.ts'
import { testStack } from './test-stack.ts'

/** 40 days after the tests' ledgers began. */
export const later = genesis + 40 * 86_400_000
/** When `runOn` runs a command: late in a second. */
export const recoveredAt = later + 999

/** Runs a command on a ledger and answers what it printed. */
export function runOn(
  command: Command,
  location: DatabaseLocation,
  ...args: readonly string[]
): Promise<string> {
  return runAt(recoveredAt, command, location, ...args)
}

/** The same at another instant, in milliseconds. */
export async function runAt(
  now: number,
  command: Command,
  location: DatabaseLocation,
  ...args: readonly string[]
): Promise<string> {
  const lines: string[] = []
  const exitCode = await command({
    config: resolveConfig({ DATABASE_URL: urlOf(location) }),
    args,
    now: () => now,
    print: (line) => lines.push(line),
  })
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${lines.join('\n')}`)
  return lines.join('\n')
}

export interface RunCommand {
  readonly exitCode: number | null
  readonly text: string
  readonly errorText: string
}

/** Runs a command as a process of its own in a folder, on the ledger that `runService` has there. */
export function runStart(folder: string, ...args: readonly string[]): Promise<RunCommand> {
  return runStartWith(folder, { DATABASE_URL: 'sqlite:./ledger.db' }, ...args)
}

/** The same with other settings. */
export async function runStartWith(
  folder: string,
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<RunCommand> {
  const keptChars = Number.POSITIVE_INFINITY
  const running = runEntry(testStack(), { folder, environment, keptChars }, args)
  const exitCode = await running.exited
  return { exitCode, text: running.outputText(), errorText: running.errorText() }
}
