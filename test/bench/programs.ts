import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** A Node program under measurement, whose output is read line by line. */
export interface Program {
  readonly child: ChildProcess
  readonly pid: number
  /** Resolves with the next line that satisfies `is`; rejects when the program ends before. */
  lineThat(is: (line: string) => boolean): Promise<string>
  write(text: string): void
}

const clockTicksPerSecond = 100

/** Starts a program with this process's Node. */
export function startProgram(args: readonly string[], options: SpawnOptions): Program {
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...options,
  })
  if (child.stdout === null || child.pid === undefined) throw new Error(`${args[0]} did not start`)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    pid: child.pid,
    lineThat: async (is) => {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error(`${args[0]} ended before it said what was waited for`)
        if (is(value)) return value
      }
    },
    write: (text) => void child.stdin?.write(text),
  }
}

/** Ends a program in the ordinary way and waits for its end. */
export async function stopProgram({ child }: Program): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
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
