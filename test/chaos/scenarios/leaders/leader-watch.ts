import { setTimeout as sleep } from 'node:timers/promises'
import type { Scrapes } from '../../harness/scrapes.ts'

/** Pages of all replicas, asked for at the same instants, and who spoke when. */
export interface LeaderWatch {
  /** Asks one replica out of turn. */
  read(url: string): Promise<void>
  /** The replica whose page, asked for after this instant, showed the business series last. */
  leader(since: number): string | undefined
  /** When a replica other than `url` was first seen to speak after this instant; else undefined. */
  otherSince(url: string, since: number): number | undefined
  /**
   * From now on this replica is being stopped, and hands over. Its last page is answered before it
   * gives the lease back, but on a busy machine both pages may have been asked for at one instant:
   * what it may never do is to speak again once another has spoken.
   */
  leaves(url: string): void
  /** A new process listens here: what another one at this address did is no matter any more. */
  arrives(url: string): void
  /** Pages of two replicas that overlap in time although both spoke. */
  readonly overlaps: readonly string[]
  stop(): Promise<void>
}

interface Spoken {
  readonly url: string
  readonly begunAt: number
  readonly endedAt: number
}

const everyMs = 100
const keptMs = 60_000

export function watchLeaders(scrapes: Scrapes, urls: () => readonly string[]): LeaderWatch {
  let spoken: Spoken[] = []
  const overlaps: string[] = []
  const leaving = new Map<string, number>()
  const underWay = new Map<string, Promise<void>>()
  let running = true

  const readOne = async (url: string): Promise<void> => {
    const begunAt = performance.now()
    const page = await scrapes.read(url)
    if (page === undefined || page.size === 0) return
    const one = { url, begunAt, endedAt: performance.now() }
    for (const other of spoken.filter((earlier) => earlier.url !== url)) {
      const leftAt = leaving.get(url)
      const isHandOver = leftAt !== undefined || leaving.has(other.url)
      if (!isHandOver && other.begunAt < one.endedAt && one.begunAt < other.endedAt)
        overlaps.push(`${url} and ${other.url} both spoke at one instant`)
      if (leftAt !== undefined && other.begunAt > leftAt && other.endedAt < one.begunAt)
        overlaps.push(`${url} spoke again although ${other.url} had taken over`)
    }
    spoken = [...spoken.filter(({ endedAt }) => endedAt > one.endedAt - keptMs), one]
  }

  const loop = async (): Promise<void> => {
    while (running) {
      for (const url of urls())
        if (!underWay.has(url))
          underWay.set(
            url,
            readOne(url).finally(() => underWay.delete(url)),
          )
      await sleep(everyMs)
    }
    await Promise.all(underWay.values())
  }
  const done = loop()

  return {
    read: readOne,
    leaves: (url) => void leaving.set(url, performance.now()),
    arrives: (url) => {
      leaving.delete(url)
      spoken = spoken.filter((one) => one.url !== url)
    },
    leader: (since) => spoken.findLast(({ begunAt }) => begunAt > since)?.url,
    otherSince: (url, since) =>
      spoken.find((one) => one.url !== url && one.endedAt > since)?.endedAt,
    overlaps,
    stop: () => {
      running = false
      return done
    },
  }
}
