import { setTimeout as sleep } from 'node:timers/promises'
import type { Scrapes } from '../../harness/scrapes.ts'

/** Pages of all replicas, asked for at the same instants, and which of them led when. */
export interface LeaderWatch {
  /** Asks one replica out of turn. */
  read(url: string): Promise<void>
  /** The replica whose page, asked for after this instant, showed the business series last. */
  leader(since: number): string | undefined
  /** When a replica other than `url` was first seen to lead after this instant; else undefined. */
  otherSince(url: string, since: number): number | undefined
  /**
   * From now on this replica is being stopped, and hands over. Its last page is answered before it
   * releases the lease, but on a busy machine both pages may have been asked for at one instant:
   * what it may never do is to lead again once another has led.
   */
  leaves(url: string): void
  /** A new process listens here: what another one did at this address no longer counts. */
  arrives(url: string): void
  /** Pages of two replicas that overlap in time although both had the business series. */
  readonly overlaps: readonly string[]
  stop(): Promise<void>
}

interface Sighting {
  readonly url: string
  readonly begunAt: number
  readonly endedAt: number
}

const everyMs = 100
const keptMs = 60_000

export function watchLeaders(scrapes: Scrapes, urls: () => readonly string[]): LeaderWatch {
  let sightings: Sighting[] = []
  const overlaps: string[] = []
  const leaving = new Map<string, number>()
  const underWay = new Map<string, Promise<void>>()
  let running = true

  const readOne = async (url: string): Promise<void> => {
    const begunAt = performance.now()
    const page = await scrapes.read(url)
    if (page === undefined || page.size === 0) return
    const one = { url, begunAt, endedAt: performance.now() }
    for (const other of sightings.filter((earlier) => earlier.url !== url)) {
      const leftAt = leaving.get(url)
      const isHandOver = leftAt !== undefined || leaving.has(other.url)
      if (!isHandOver && other.begunAt < one.endedAt && one.begunAt < other.endedAt)
        overlaps.push(`${url} and ${other.url} both led at one instant`)
      if (leftAt !== undefined && other.begunAt > leftAt && other.endedAt < one.begunAt)
        overlaps.push(`${url} led again although ${other.url} had become the leader`)
    }
    sightings = [...sightings.filter(({ endedAt }) => endedAt > one.endedAt - keptMs), one]
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
      sightings = sightings.filter((one) => one.url !== url)
    },
    leader: (since) => sightings.findLast(({ begunAt }) => begunAt > since)?.url,
    otherSince: (url, since) =>
      sightings.find((one) => one.url !== url && one.endedAt > since)?.endedAt,
    overlaps,
    stop: () => {
      running = false
      return done
    },
  }
}
