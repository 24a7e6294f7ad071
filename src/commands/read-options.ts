import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util'
import { AppError, messageOf } from '../errors.ts'
import type { CommandContext } from './command.ts'

/** An option as `parseArgs` reads it and as the help explains it. */
interface OptionDescription extends ParseArgsOptionDescriptor {
  /** What stands for its value in the help, such as `<period>`; not for a switch. */
  readonly value?: string
  readonly help: string
}

/** What `--help` shows of a command. */
export interface CommandDescription {
  /** The first line: `npm run verify -- [--since <period>]`. */
  readonly usage: string
  /** What it does and does not do, in whole sentences. */
  readonly about: string
  readonly exitCodes: string
  /** The one value without a name that the command takes. */
  readonly argument?: { readonly name: string; readonly help: string }
  readonly options: Readonly<Record<string, OptionDescription>>
}

const common = {
  json: { type: 'boolean', help: 'print the result as one JSON object on standard output' },
  help: { type: 'boolean', help: 'show this help' },
} as const satisfies CommandDescription['options']

/**
 * Parses a command's arguments, of which every command has `--json` and `--help`. Undefined if the help was asked for and
 * printed. Throws `invalid_request` with the usage if they are invalid.
 */
export function readOptions<Description extends CommandDescription>(
  { args, print }: Pick<CommandContext, 'args' | 'print'>,
  description: Description,
) {
  const options: Description['options'] & typeof common = { ...description.options, ...common }
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: description.argument !== undefined,
    })
    const [argument, surplus] = positionals
    if (surplus !== undefined) throw new TypeError('there is more than one value without a name')
    if (args.includes('--help')) {
      print(describeCommand(description))
      return undefined
    }
    return { ...values, argument }
  } catch (cause) {
    throw new AppError('invalid_request', `${explain(cause)}\nusage: ${description.usage}`)
  }
}

/** The value that `parseArgs` would quote may be an address with a password. */
function explain(cause: unknown): string {
  return cause instanceof Error &&
    'code' in cause &&
    cause.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL'
    ? 'there is a value without a name, and this command takes none: give its option before it'
    : messageOf(cause)
}

/** Prints for a person: on standard output, or on standard error if that holds a JSON object. */
export function printerOf(
  isJson: boolean | undefined,
  print: CommandContext['print'],
): CommandContext['print'] {
  return isJson === true ? reportProgress : print
}

/** Prints a line about work that is under way, on standard error: standard output holds the result alone. */
export function reportProgress(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** The help of a command, with each of its options explained. */
function describeCommand(description: CommandDescription): string {
  const { usage, about, exitCodes, argument, options } = description
  const named = Object.entries({ ...options, ...common }).map(
    ([name, option]: [string, OptionDescription]) => ({
      name: `--${name}${option.value === undefined ? '' : ` ${option.value}`}`,
      help: option.help,
    }),
  )
  const lines = argument === undefined ? named : [argument, ...named]
  const width = Math.max(...lines.map(({ name }) => name.length))
  return [
    usage,
    '',
    about,
    `Exit codes: ${exitCodes}`,
    '',
    ...lines.map(({ name, help }) => `  ${name.padEnd(width)}  ${help}`),
  ].join('\n')
}
