import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../../support/fetch-once.ts'
import { residentMegabytes } from '../../../support/process-usage.ts'

/** A process at one moment. */
export interface ProcessSample {
  /** Requests that it had answered. */
  readonly requests: number
  readonly residentMegabytes: number
  readonly descriptors: number
  /** The 99th percentile of the last one to two minutes, by the service's own page. */
  readonly loopDelayMs: number
}

const everyMs = 5_000

/** Samples a process until it is stopped, by Linux and by its page of metrics. */
export function watchProcess(
  pid: number,
  metricsUrl: string,
  requests: () => number,
): { stop(): Promise<readonly ProcessSample[]> } {
  const samples: ProcessSample[] = []
  const stopping = new AbortController()
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      samples.push({
        requests: requests(),
        residentMegabytes: residentMegabytes(pid),
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
        loopDelayMs: await readLoopDelayMs(metricsUrl),
      })
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const done = loop()
  done.catch(() => undefined)
  return {
    stop: async () => {
      stopping.abort()
      await done
      return samples
    },
  }
}

async function readLoopDelayMs(metricsUrl: string): Promise<number> {
  const page = await (await fetchOnce(metricsUrl)).text()
  const text = /^nodejs_eventloop_delay_p99_seconds(?:\{[^}]*\})? (\S+)/m.exec(page)?.[1]
  if (text === undefined) throw new Error('the page has no delay of the event loop')
  return Number(text) * 1000
}
