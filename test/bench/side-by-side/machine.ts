import { cpus, loadavg, release, totalmem } from 'node:os'
import type { Machine } from './run-file.ts'

const bytesPerGigabyte = 1e9

/** The 1-minute load average now. */
export function loadAverage(): number {
  return Number((loadavg()[0] ?? 0).toFixed(2))
}

/** The machine that a run is measured on. */
export function describeMachine(loadAverageBefore: number): Machine {
  return {
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    memoryGigabytes: Math.round(totalmem() / bytesPerGigabyte),
    platform: `${process.platform} ${process.arch}`,
    kernel: release(),
    node: process.version,
    loadAverageBefore,
    loadAverageAfter: loadAverage(),
  }
}
