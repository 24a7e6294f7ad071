import { setTimeout as wait } from 'node:timers/promises'

const pauseMs = 10

export interface Scrape {
  readonly ms: number
  readonly bytes: number
}

/** Scrapes once. Throws unless it was answered 200. */
export async function timeScrape(url: string): Promise<Scrape> {
  const startedAt = performance.now()
  const answer = await fetch(url)
  const body = await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`${url} was answered ${answer.status}`)
  return { ms: performance.now() - startedAt, bytes: body.byteLength }
}

/** Scrapes again and again, with 10 ms between, until the load has ended. */
export async function scrapeDuring(
  load: Promise<unknown>,
  url: string,
): Promise<readonly Scrape[]> {
  const scrapes: Scrape[] = []
  let isOver = false
  const over = load.finally(() => {
    isOver = true
  })
  while (!isOver) {
    scrapes.push(await timeScrape(url))
    await wait(pauseMs)
  }
  await over
  return scrapes
}
