import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../../support/fetch-once.ts'
import { residentMegabytes } from '../../../support/process-usage.ts'
import { collectAndReadHeld } from './held-memory.ts'

/** A process at one moment. */
interface ProcessSample {
  readonly residentMegabytes: number
  readonly descriptors: number
  /** The 99th percentile of the last one to two minutes, by the service's own page. */
  readonly loopDelayMs: number
}

/** What a process still held once its garbage was collected. */
interface MemorySample {
  /** Requests that it had answered. */
  readonly requests: number
  /** In V8's heap and in buffers. */
  readonly heldMegabytes: number
  readonly residentMegabytes: number
}

export interface ProcessHistory {
  readonly samples: readonly ProcessSample[]
  readonly memory: readonly MemorySample[]
}

export interface WatchOptions {
  readonly pid: number
  readonly inspectorPort: number
  readonly metricsUrl: string
  /** How many requests the process has answered. */
  readonly countRequests: () => number
}

const everyMs = 5_000

/**
 * V8 lets garbage lie while there is room: 350 MB were resident of which 200 were left after a collection (measured),
 * and a slope through such figures tells nothing.
 */
const collectEveryMs = 30_000
/** V8 gives pages back in the background after a collection: the lowest reading of this time counts. */
const settleMs = 2_000
const settleReadings = 10

/** Samples a process until it is stopped, by Linux, its page of metrics and V8's inspector. */
export function watchProcess(options: WatchOptions): { stop(): Promise<ProcessHistory> } {
  const { pid, inspectorPort, metricsUrl, countRequests } = options
  const samples: ProcessSample[] = []
  const memory: MemorySample[] = []
  const stopping = new AbortController()

  const sample = async (): Promise<void> => {
    samples.push({
      residentMegabytes: residentMegabytes(pid),
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      loopDelayMs: await readLoopDelayMs(metricsUrl),
    })
  }
  const collect = async (): Promise<void> => {
    const heldMegabytes = await collectAndReadHeld(inspectorPort)
    const requests = countRequests()
    memory.push({ requests, heldMegabytes, residentMegabytes: await settledMegabytes(pid) })
  }
  const repeat = async (work: () => Promise<void>, pauseMs: number): Promise<void> => {
    while (!stopping.signal.aborted) {
      await work()
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  const done = Promise.all([repeat(sample, everyMs), repeat(collect, collectEveryMs)])
  done.catch(() => undefined)
  return {
    stop: async () => {
      stopping.abort()
      await done
      return { samples, memory }
    },
  }
}

async function settledMegabytes(pid: number): Promise<number> {
  const readings: number[] = []
  while (readings.length < settleReadings) {
    readings.push(residentMegabytes(pid))
    await sleep(settleMs / settleReadings)
  }
  return Math.min(...readings)
}

async function readLoopDelayMs(metricsUrl: string): Promise<number> {
  const page = await (await fetchOnce(metricsUrl)).text()
  const text = /^nodejs_eventloop_delay_p99_seconds(?:\{[^}]*\})? (\S+)/m.exec(page)?.[1]
  if (text === undefined) throw new Error('the page has no delay of the event loop')
  return Number(text) * 1000
}
