import { z } from 'zod'

const factsPage = z.object({ next_cursor: z.string().nullable() })

export interface PageReader {
  /** How many pages were read so far. */
  readonly pageCount: number
  stop(): Promise<void>
}

/** Reads facts, statistics and totals without a pause, several readers at a time, until it is stopped. */
export function readPages(get: (path: string) => Promise<Response>): PageReader {
  let isStopped = false
  let pageCount = 0

  const read = async (path: string): Promise<unknown> => {
    const answer = await get(path)
    const body: unknown = await answer.json()
    if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(body)}`)
    pageCount += 1
    return body
  }

  const turnPages = async (query: string): Promise<void> => {
    for (let after = ''; !isStopped; ) {
      const page = factsPage.parse(await read(`/v1/facts?limit=1000${query}${after}`))
      const next = page.next_cursor
      after = next === null ? '' : `&cursor=${encodeURIComponent(next)}`
    }
  }

  const repeat = async (path: string): Promise<void> => {
    while (!isStopped) await read(path)
  }

  const readers = [
    turnPages(''),
    turnPages('&source=reconcile'),
    repeat(`/v1/stats?from=${daysAgo(399)}`),
    repeat(`/v1/stats?interval=hour&from=${daysAgo(30)}`),
    repeat('/v1/totals'),
  ]
  return {
    get pageCount() {
      return pageCount
    },
    stop: async () => {
      isStopped = true
      await Promise.all(readers)
    },
  }
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}
