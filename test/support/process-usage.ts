import { readFileSync } from 'node:fs'
import type { Running } from './run-process.ts'

const clockTicksPerSecond = 100

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
