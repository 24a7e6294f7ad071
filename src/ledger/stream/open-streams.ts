import type { FactRow } from '../../database/schema.ts'
import { AppError } from '../../errors.ts'
import type { ReadFactsSince } from './facts-since.ts'
import type { FactFeed } from './feed.ts'
import { createInbox, type Delivery, type Inbox } from './inbox.ts'

export interface FactStreams {
  /**
   * Opens a stream of server-sent events: of the facts recorded from an instant on, in milliseconds, or else of those
   * committed from now on. Rejects with `overloaded` beyond the maximum, and with `not_ready` once stopped.
   */
  open(fromMs: number | undefined): Promise<ReadableStream<Uint8Array>>
  /** Ends every stream, for which a server that stops would wait. Idempotent. */
  stop(): void
}

export interface FactStreamsOptions {
  readonly feed: FactFeed
  readonly readSince: ReadFactsSince
  /** The event's data. */
  readonly show: (fact: FactRow) => unknown
  /** Called when the ledger could not be read and a stream ended. */
  readonly onBroken: (cause: unknown) => void
  readonly commentMs?: number
  readonly streamsMax?: number
}

const streamsMaxDefault = 100
const commentMsDefault = 15_000
const retryMs = 2_000
const eventsPerChunk = 50

/**
 * Streams deliver each fact at least once. The id of an event is an instant before which every fact was delivered: a
 * client that reconnects with it receives the facts since that instant, some of them again.
 */
export function createFactStreams(options: FactStreamsOptions): FactStreams {
  const { feed, streamsMax = streamsMaxDefault } = options
  const stopping = new AbortController()
  const open = new Set<AbortController>()

  return {
    open: async (fromMs) => {
      if (stopping.signal.aborted) throw new AppError('not_ready', 'the service is stopping')
      if (open.size >= streamsMax)
        throw new AppError('overloaded', `${streamsMax} streams of facts are open already: retry`)
      const ending = new AbortController()
      open.add(ending)
      const inbox = createInbox()
      try {
        const unfollow = await feed.follow(inbox.put)
        const leave = (): void => {
          open.delete(ending)
          unfollow()
        }
        const signal = AbortSignal.any([ending.signal, stopping.signal])
        const events = eventsOf({ ...options, inbox, signal }, fromMs)
        return toBody(events, { ending, leave, onBroken: options.onBroken })
      } catch (cause) {
        open.delete(ending)
        throw cause
      }
    },
    stop: () => {
      stopping.abort()
      feed.stop()
    },
  }
}

interface StreamState extends FactStreamsOptions {
  readonly inbox: Inbox
  readonly signal: AbortSignal
}

async function* eventsOf(
  stream: StreamState,
  fromMs: number | undefined,
): AsyncGenerator<string, void> {
  const { inbox, show, signal, commentMs = commentMsDefault } = stream
  let resumeAt = fromMs ?? deliveredThrough(stream)
  let isBehind = fromMs !== undefined
  yield `retry: ${retryMs}\nid: ${resumeAt}\n\n`
  while (!signal.aborted) {
    if (isBehind) resumeAt = yield* catchUp(stream, resumeAt)
    const deliveredAt = deliveredThrough(stream)
    const deliveries = await inbox.take(commentMs, signal)
    isBehind = inbox.takeOverflow()
    for (const chunk of chunksOf(deliveries)) yield textOf(chunk, show)
    resumeAt = deliveries.at(-1)?.resumeAt ?? resumeAt
    if (deliveries.length > 0 || isBehind || signal.aborted) continue
    resumeAt = deliveredAt
    yield `: no new fact\nid: ${resumeAt}\n\n`
  }
}

/** Delivers from the ledger what was recorded since an instant; returns where the client would resume. */
async function* catchUp(stream: StreamState, fromMs: number): AsyncGenerator<string, number> {
  let resumeAt = fromMs
  for await (const facts of stream.readSince(fromMs))
    for (const chunk of chunksOf(facts)) {
      if (stream.signal.aborted) return resumeAt
      const through = deliveredThrough(stream)
      const deliveries = chunk.map((fact) => ({
        fact,
        resumeAt: Math.min(fact.recorded_at, through),
      }))
      yield textOf(deliveries, stream.show)
      resumeAt = deliveries.at(-1)?.resumeAt ?? resumeAt
    }
  return resumeAt
}

/** No fact that was recorded before this instant is still to come from the feed. */
function deliveredThrough({ feed, inbox }: StreamState): number {
  return Math.min(feed.settledAt(), inbox.floor())
}

function* chunksOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += eventsPerChunk)
    yield items.slice(start, start + eventsPerChunk)
}

function textOf(deliveries: readonly Delivery[], show: (fact: FactRow) => unknown): string {
  return deliveries
    .map(
      ({ fact, resumeAt }) =>
        `event: fact\nid: ${resumeAt}\ndata: ${JSON.stringify(show(fact))}\n\n`,
    )
    .join('')
}

interface BodyOptions extends Pick<FactStreamsOptions, 'onBroken'> {
  readonly ending: AbortController
  readonly leave: () => void
}

/** Reads on only when the client has read, and closes the stream when the events end or fail. */
function toBody(
  events: AsyncGenerator<string, void>,
  { ending, leave, onBroken }: BodyOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await events.next().catch((cause: unknown) => {
        onBroken(cause)
        return { done: true, value: undefined } as const
      })
      if (next.value !== undefined) controller.enqueue(encoder.encode(next.value))
      if (next.done !== true) return
      leave()
      if (!ending.signal.aborted) controller.close()
    },
    cancel: () => {
      ending.abort()
      leave()
    },
  })
}
