import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../support/fetch-once.ts'
import { parseSeries } from '../../support/read-series.ts'

/** Every page that was ever read, held against all before it. */
export interface Scrapes {
  /** Reads a page; undefined when it was refused or nobody answered. */
  read(metricsUrl: string): Promise<ReadonlyMap<string, number> | undefined>
  /** Reads again and again, one at a time, until told to stop. */
  watch(urls: () => readonly string[], intervalMs: number): { stop(): Promise<void> }
  /** Values below one that was exposed before. */
  readonly falls: readonly string[]
  readonly pages: number
  readonly refused: number
  /** Pages with business series, and from how many replicas within one look the most. */
  readonly leadersMax: number
  /** Every series that was ever exposed. */
  readonly series: ReadonlySet<string>
}

/**
 * A page is compared with what had been exposed before its reading began: two readings that overlap
 * may be answered in either order.
 */
export function createScrapes(): Scrapes {
  const highest = new Map<string, number>()
  const falls: string[] = []
  let pages = 0
  let refused = 0
  let leadersMax = 0

  const read = async (metricsUrl: string): Promise<ReadonlyMap<string, number> | undefined> => {
    const before = new Map(highest)
    const page = await fetchPage(metricsUrl)
    if (page === undefined) {
      refused += 1
      return undefined
    }
    pages += 1
    const series = parseSeries(page)
    for (const [name, value] of series) {
      const exposed = before.get(name)
      if (exposed !== undefined && value < exposed)
        falls.push(`${name} fell from ${exposed} to ${value} at ${metricsUrl}`)
      highest.set(name, Math.max(value, highest.get(name) ?? 0))
    }
    return series
  }

  return {
    read,
    watch: (urls, intervalMs) => {
      const stopping = new AbortController()
      const loop = async () => {
        while (!stopping.signal.aborted) {
          let leaders = 0
          for (const url of urls()) if (((await read(url))?.size ?? 0) > 0) leaders += 1
          leadersMax = Math.max(leadersMax, leaders)
          await sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined)
        }
      }
      const done = loop()
      return {
        stop: () => {
          stopping.abort()
          return done
        },
      }
    },
    falls,
    get pages() {
      return pages
    },
    get refused() {
      return refused
    },
    get leadersMax() {
      return leadersMax
    },
    get series() {
      return new Set(highest.keys())
    },
  }
}

/** Longer than a process is ever frozen: what it answers late has to be seen. */
const patienceMs = 60_000

async function fetchPage(url: string): Promise<string | undefined> {
  try {
    const answer = await fetchOnce(url, { signal: AbortSignal.timeout(patienceMs) })
    const page = await answer.text()
    return answer.status === 200 ? page : undefined
  } catch {
    return undefined
  }
}
