import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { AppError, messageOf } from '../errors.ts'

/** Parses a command's arguments. Throws `invalid_request` with the usage if they are invalid. */
export function readOptions<Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  usage: string,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    throw new AppError('invalid_request', `${messageOf(cause)}\nusage: ${usage}`, { cause })
  }
}
