import type { FactRow } from '../../database/schema.ts'
import type { Total } from '../fact.ts'
import type { ReadFactsSince } from './facts-since.ts'

/** Receives facts that the feed had not seen, and the instant before which it has passed on every fact. */
type FactListener = (facts: readonly FactRow[], settledAt: number) => void

export interface FactFeed {
  /**
   * Passes on every fact that is committed from now on, at least once; resolves with how to end that. Rejects if the
   * ledger cannot be read.
   */
  follow(listener: FactListener): Promise<() => void>
  /** Every fact recorded before this instant, in milliseconds, is committed and was passed on. */
  settledAt(): number
  stop(): void
}

export interface FactFeedOptions {
  readonly readTotals: () => Promise<readonly Total[]>
  readonly readSince: ReadFactsSince
  /** The clock that facts are recorded by, in milliseconds. */
  readonly now: () => number
  /** A fact that was recorded longer ago than this is committed or never will be. */
  readonly settleMs: number
  readonly pollMs?: number
}

const pollMsDefault = 1_000
/** Between two readings of everything that is not settled. */
const sweepMs = 5_000
/** How far a reading in between goes back. */
const tailMs = 1_000

/**
 * One reader of the ledger for all streams of a process, which reads while there is a listener. `recorded_at` is given
 * before the commit, so a fact may appear behind facts that were read already: what is younger than `settleMs` is read
 * again. While the totals stay as they are, one small statement per poll is all that it costs.
 */
export function createFactFeed({ pollMs = pollMsDefault, ...options }: FactFeedOptions): FactFeed {
  const listeners = new Set<FactListener>()
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let reading: { readonly reader: Reader; readonly isReady: Promise<void> } | undefined

  const send: FactListener = (facts, settledAt) => {
    for (const listener of listeners) listener(facts, settledAt)
  }

  const schedule = (reader: Reader): void => {
    timer = setTimeout(async () => {
      // If the ledger cannot be read now, nothing has moved, and it is read again.
      await reader.poll(send).catch(() => undefined)
      if (reading?.reader === reader) schedule(reader)
    }, pollMs)
    timer.unref()
  }

  const start = () => {
    const reader = createReader(options)
    const isReady = reader.begin().then(() => {
      if (reading?.reader === reader) schedule(reader)
    })
    return { reader, isReady }
  }

  const end = (listener: FactListener): void => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearTimeout(timer)
    reading = undefined
  }

  return {
    follow: async (listener) => {
      listeners.add(listener)
      if (!isStopped) reading ??= start()
      try {
        await reading?.isReady
      } catch (cause) {
        end(listener)
        throw cause
      }
      return () => end(listener)
    },
    settledAt: () => reading?.reader.settledAt() ?? 0,
    stop: () => {
      isStopped = true
      for (const listener of [...listeners]) end(listener)
    },
  }
}

type Reader = ReturnType<typeof createReader>

function createReader({ readTotals, readSince, now, settleMs }: Omit<FactFeedOptions, 'pollMs'>) {
  /** The facts since `settledAt` that were passed on. */
  const seen = new Map<string, number>()
  let settledAt = now() - settleMs
  let newestAt = 0
  let sweptAt = Number.NEGATIVE_INFINITY
  let [readTotalsText, sweptTotalsText] = ['', '']

  const readNew = async (from: number, send: FactListener): Promise<void> => {
    for await (const batch of readSince(from)) {
      const facts = batch.filter(({ key }) => !seen.has(key))
      for (const fact of facts) seen.set(fact.key, fact.recorded_at)
      newestAt = Math.max(newestAt, batch.at(-1)?.recorded_at ?? 0)
      if (facts.length > 0) send(facts, settledAt)
    }
  }

  /** Call it once everything since `settledAt` that was committed at `instant` has been read. */
  const settle = (instant: number): void => {
    sweptAt = instant
    settledAt = instant - settleMs
    for (const [key, recordedAt] of seen) if (recordedAt < settledAt) seen.delete(key)
  }

  const poll = async (send: FactListener): Promise<void> => {
    const instant = now()
    // A clock that was set back: what was settled is read, and passed on, again.
    settledAt = Math.min(settledAt, instant - settleMs)
    const totals = JSON.stringify(await readTotals())
    const isSweep = Math.abs(instant - sweptAt) >= sweepMs
    if (isSweep && totals !== sweptTotalsText) await readNew(settledAt, send)
    else if (totals !== readTotalsText) await readNew(Math.max(settledAt, newestAt - tailMs), send)
    readTotalsText = totals
    if (!isSweep) return
    sweptTotalsText = totals
    settle(instant)
  }

  return {
    /** Reads what there is already, which is not passed on. */
    begin: () => poll(() => undefined),
    poll,
    settledAt: () => settledAt,
  }
}
