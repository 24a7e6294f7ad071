import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { FactRow } from '../../../src/database/schema.ts'
import type { FactFeed } from '../../../src/ledger/stream/feed.ts'
import {
  createFactStreams,
  type FactStreamsOptions,
} from '../../../src/ledger/stream/open-streams.ts'
import { factRow } from '../../support/facts.ts'

type Listener = Parameters<FactFeed['follow']>[0]

function rowsOf(count: number, recordedAt: number): readonly FactRow[] {
  return Array.from({ length: count }, (_, index) => factRow(`fact ${index}`, recordedAt))
}

/** Streams of facts that the test commits, on a feed that has settled everything before `settledAt`. */
function openStreams(options: Partial<FactStreamsOptions> = {}) {
  const listeners = new Set<Listener>()
  const settledAt = 5_000
  let isFeedStopped = false
  const stored: FactRow[] = []
  const broken: unknown[] = []
  const feed: FactFeed = {
    follow: async (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    settledAt: () => settledAt,
    stop: () => {
      isFeedStopped = true
    },
  }
  const streams = createFactStreams({
    feed,
    readSince: async function* (fromMs) {
      const found = stored.filter((row) => row.recorded_at >= fromMs)
      if (found.length > 0) yield found
    },
    show: ({ key }) => key,
    onBroken: (cause) => broken.push(cause),
    ...options,
  })
  const commit = (...rows: readonly FactRow[]) => {
    stored.push(...rows)
    for (const listener of listeners) listener(rows, settledAt)
  }
  return { streams, stored, commit, broken, listeners, isFeedStopped: () => isFeedStopped }
}

/** Reads a stream chunk by chunk. */
function readerOf(body: ReadableStream<Uint8Array>) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const next = async () => decoder.decode((await reader.read()).value)
  return { next, cancel: () => reader.cancel() }
}

function eventOf(key: string, id: number): string {
  return `event: fact\nid: ${id}\ndata: "${key}"\n\n`
}

test('a stream of what comes from now on says where it begins, and of each fact the instant to resume from', async () => {
  const { streams, stored, commit } = openStreams()
  stored.push(factRow('before', 6_000))
  const { next, cancel } = readerOf(await streams.open(undefined))
  expect(await next()).toBe('retry: 2000\nid: 5000\n\n')
  commit(factRow('late', 4_000), factRow('now', 6_000))
  expect(await next()).toBe(eventOf('late', 4_000) + eventOf('now', 5_000))
  commit(factRow('next', 7_000))
  expect(await next()).toBe(eventOf('next', 5_000))
  await cancel()
})

test('a stream from an instant on begins with what the ledger has since, and goes on live', async () => {
  const { streams, stored, commit } = openStreams()
  stored.push(factRow('too early', 2_999), factRow('early', 3_000), factRow('recent', 6_000))
  const { next, cancel } = readerOf(await streams.open(3_000))
  expect(await next()).toBe('retry: 2000\nid: 3000\n\n')
  expect(await next()).toBe(eventOf('early', 3_000) + eventOf('recent', 5_000))
  commit(factRow('live', 7_000))
  expect(await next()).toBe(eventOf('live', 5_000))
  await cancel()
})

test('while no fact comes, a comment has the instant up to which everything was delivered', async () => {
  const { streams } = openStreams({ commentMs: 1 })
  const { next, cancel } = readerOf(await streams.open(3_000))
  expect(await next()).toBe('retry: 2000\nid: 3000\n\n')
  expect(await next()).toBe(': no new fact\nid: 5000\n\n')
  await cancel()
})

test('many facts are sent in pieces of fifty', async () => {
  const { streams, commit } = openStreams()
  const { next, cancel } = readerOf(await streams.open(undefined))
  await next()
  commit(...rowsOf(120, 6_000))
  const pieces = [await next(), await next(), await next()]
  expect(pieces.map((piece) => piece.split('event: fact').length - 1)).toEqual([50, 50, 20])
  await cancel()
})

test('a client that fell too far behind gets what it missed from the ledger', async () => {
  const { streams, stored, commit } = openStreams()
  const { next, cancel } = readerOf(await streams.open(undefined))
  await next()
  stored.push(factRow('before', 4_999))
  commit(...rowsOf(5_001, 6_000))
  const keys = new Set<string>()
  while (keys.size < 5_001)
    for (const [, key = ''] of (await next()).matchAll(/^data: "(.*)"$/gm)) keys.add(key)
  expect(keys.has('before')).toBe(false)
  await cancel()
})

test('beyond the maximum a stream is refused until one of the others has ended', async () => {
  const { streams, listeners } = openStreams({ streamsMax: 2 })
  const first = await streams.open(undefined)
  await streams.open(undefined)
  await expect(streams.open(undefined)).rejects.toMatchObject({ code: 'overloaded' })
  await first.cancel()
  expect(listeners.size).toBe(1)
  await streams.open(undefined)
  await expect(streams.open(undefined)).rejects.toMatchObject({ code: 'overloaded' })
})

test('a stream that cannot be opened because the ledger is away takes no place', async () => {
  let isAway = true
  const feed: FactFeed = {
    follow: async () => {
      if (isAway) throw new Error('the database is away')
      return () => undefined
    },
    settledAt: () => 0,
    stop: () => undefined,
  }
  const { streams } = openStreams({ feed, streamsMax: 1 })
  await expect(streams.open(undefined)).rejects.toThrow('the database is away')
  isAway = false
  await (await streams.open(undefined)).cancel()
})

test('a stream ends when the ledger cannot be read, which is reported, and gives up its place', async () => {
  const { streams, broken, listeners } = openStreams({
    readSince: () => {
      throw new Error('the database is away')
    },
    streamsMax: 1,
  })
  expect(await text(await streams.open(3_000))).toBe('retry: 2000\nid: 3000\n\n')
  expect(broken).toEqual([expect.objectContaining({ message: 'the database is away' })])
  expect(listeners.size).toBe(0)
  await (await streams.open(undefined)).cancel()
})

test('a stop ends every stream and the reading of the ledger, and later streams are refused', async () => {
  const { streams, broken, listeners, isFeedStopped } = openStreams()
  const body = await streams.open(undefined)
  const ended = text(body)
  streams.stop()
  expect(await ended).toContain('retry: ')
  expect(listeners.size).toBe(0)
  expect(isFeedStopped()).toBe(true)
  await expect(streams.open(undefined)).rejects.toMatchObject({ code: 'not_ready' })
  expect(broken).toEqual([])
})

test('a stop ends a stream that is still behind', async () => {
  const { streams, stored } = openStreams()
  stored.push(...rowsOf(1_000, 6_000))
  const { next } = readerOf(await streams.open(3_000))
  await next()
  await next()
  streams.stop()
  let rest = ''
  for (let piece = await next(); piece !== ''; piece = await next()) rest += piece
  expect(rest.split('event: fact').length - 1).toBeLessThan(200)
})
