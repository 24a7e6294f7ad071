import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'

const factsPage = z.object({ next_cursor: z.string().nullable() })

export interface PageReader {
  /** How many pages were read so far. */
  readonly pageCount: number
  stop(): Promise<void>
}

export type Get = (path: string) => Promise<Response>

/** Asks for the next page, and resolves with its text. */
type Read = (path: string) => Promise<string>

/** Reads facts, statistics and totals without a pause, several readers at a time, until it is stopped. */
export function readPages(get: Get): PageReader {
  return readAllTheTime(get, [
    turnPages(''),
    turnPages('&source=reconcile'),
    repeat(`/v1/stats?from=${daysAgo(399)}`),
    repeat(`/v1/stats?interval=hour&from=${daysAgo(30)}`),
    repeat('/v1/totals'),
  ])
}

const operatorPages = ['/', '/?period=1y', '/trust', '/facts', '/posts']

/** Opens the operator's pages without a pause, five readers at a time, until it is stopped: more than people do. */
export function floodOperatorPages(get: Get): PageReader {
  return readAllTheTime(
    get,
    operatorPages.map((path) => repeat(path)),
  )
}

/** Five open pages, each read again as soon as its live script does after a change (`againMs` in live.js). */
export function openOperatorPages(get: Get): PageReader {
  return readAllTheTime(
    get,
    operatorPages.map((path) => repeat(path, 1_000)),
  )
}

/** One reader: it reads until `isStopped`. */
type Reader = (read: Read, isStopped: () => boolean) => Promise<void>

function readAllTheTime(get: Get, readers: readonly Reader[]): PageReader {
  let isStopped = false
  let pageCount = 0
  const read = async (path: string): Promise<string> => {
    const answer = await get(path)
    const body = await answer.text()
    if (answer.status !== 200) throw new Error(`${path}: ${body}`)
    pageCount += 1
    return body
  }
  const reading = readers.map((reader) => reader(read, () => isStopped))
  return {
    get pageCount() {
      return pageCount
    },
    stop: async () => {
      isStopped = true
      await Promise.all(reading)
    },
  }
}

function turnPages(query: string): Reader {
  return async (read, isStopped) => {
    for (let after = ''; !isStopped(); ) {
      const page = factsPage.parse(JSON.parse(await read(`/v1/facts?limit=1000${query}${after}`)))
      const next = page.next_cursor
      after = next === null ? '' : `&cursor=${encodeURIComponent(next)}`
    }
  }
}

function repeat(path: string, pauseMs = 0): Reader {
  return async (read, isStopped) => {
    while (!isStopped()) {
      await read(path)
      if (pauseMs > 0) await wait(pauseMs)
    }
  }
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}
