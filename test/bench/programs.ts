import { type Running, run } from '../support/run-process.ts'

/** Starts one of this folder's programs, which prints its results as lines of JSON. */
export function startProgram(
  stack: AsyncDisposableStack,
  file: string,
  args: readonly string[],
): Running {
  const path = new URL(file, import.meta.url).pathname
  return run(stack, { command: process.execPath, args: [path, ...args] })
}

/** The next result that a program prints, from JSON. Throws with its error output when it ended instead. */
export async function nextLine(program: Running): Promise<unknown> {
  const line = await program.line((text) => text.startsWith('{'))
  if (line === undefined) throw new Error(`a program ended: ${program.errorText()}`)
  return JSON.parse(line)
}

/** The middle one; NaN of none. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
