import { createInterface } from 'node:readline/promises'
import { readConfig } from '../config/config.ts'
import { AppError } from '../errors.ts'
import { describeError } from '../log.ts'
import { commands } from './registry.ts'

const help = `npm start

Runs the service. It takes no options: its settings come from the environment and from .env, see docs/settings.md. It stops
on SIGTERM, SIGINT and SIGHUP, and exits with 0 after a stop and with 1 if it could not start or go on.

Commands: ${Object.keys(commands)
  .map((name) => `npm run ${name}`)
  .join(', ')}, each with --help.
`

/** Runs `npm run <name> -- <args>` and ends the process with its exit code; 2 if it could not run. */
export async function runCommand(name: string, args: readonly string[]): Promise<never> {
  if (name === '--help') {
    process.stdout.write(help)
    process.exit(0)
  }
  try {
    const load = commands[name]
    if (load === undefined) {
      const known = Object.keys(commands).join(', ')
      throw new AppError('invalid_request', `there is no command "${name}": use one of ${known}`)
    }
    const command = await load()
    const print = (line: string) => process.stdout.write(`${line}\n`)
    const context = {
      get config() {
        return readConfig(name === 'setup' ? 'setup' : 'service')
      },
      args,
      now: Date.now,
      print,
      ...(process.stdin.isTTY && { ask: askOperator }),
    }
    process.exit(await command(context))
  } catch (error) {
    const text =
      error instanceof AppError ? error.message : JSON.stringify(describeError(error), null, 2)
    process.stderr.write(`countinghouse ${name}: ${text}\n`)
    process.exit(2)
  }
}

/** Asks on standard error, so that standard output holds the result alone. The end of the input is an empty answer. */
async function askOperator(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
  try {
    return (await Promise.race([terminal.question(question), ended])).trim()
  } finally {
    terminal.close()
  }
}
