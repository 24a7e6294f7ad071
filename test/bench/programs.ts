import { readFileSync } from 'node:fs'
import { type Running, run } from '../support/run-process.ts'

const clockTicksPerSecond = 100

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

/** The process id. Throws where there is none. */
export function pidOf({ child }: Pick<Running, 'child'>): number {
  if (child.pid === undefined) throw new Error('the program was not started')
  return child.pid
}

/** User and system time of a process so far, from Linux. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond
}

/** Resident memory of a process, in megabytes, from Linux. */
export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000
}

/** The middle one; NaN of none. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
