import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PostgresServer } from '../../support/postgres-server.ts'
import { cpuSeconds } from '../../support/process-usage.ts'

const clockTicksPerSecond = 100

/** User and system time of all processes of a PostgreSQL server so far, those that ended included, from Linux. */
export function databaseCpuSeconds({ dataFolder }: PostgresServer): number {
  const postmaster = Number(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0])
  const children = readdirSync('/proc')
    .map(Number)
    .filter((pid) => statOf(pid)?.parent === postmaster)
  const ended = statOf(postmaster)?.endedChildrenSeconds ?? 0
  return children.reduce((sum, pid) => sum + secondsOf(pid), secondsOf(postmaster) + ended)
}

function secondsOf(pid: number): number {
  try {
    return cpuSeconds(pid)
  } catch {
    // It ended meanwhile: its time is in its parent's.
    return 0
  }
}

/** See proc_pid_stat(5): the fields after the name begin with the state. */
function statOf(pid: number): { parent: number; endedChildrenSeconds: number } | undefined {
  if (Number.isNaN(pid)) return undefined
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    const endedTicks = Number(fields[13]) + Number(fields[14])
    return { parent: Number(fields[1]), endedChildrenSeconds: endedTicks / clockTicksPerSecond }
  } catch {
    return undefined
  }
}
