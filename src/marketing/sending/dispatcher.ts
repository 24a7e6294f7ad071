import { setImmediate as breathe } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { LedgerTime } from '../../database/clock.ts'
import type { Schema } from '../../database/schema.ts'
import { messageOf } from '../../errors.ts'
import type { Channel, Channels } from '../channels/channel.ts'
import type { MarketingLog } from '../log.ts'
import type { PostSlot } from './attempt.ts'
import type { PostClaims } from './claims.ts'

/** What sending posts needs. */
export interface Sending {
  readonly claims: PostClaims
  readonly postSlot: PostSlot
  readonly channels: Channels
  /** A monotonic clock, in milliseconds. */
  readonly monotonicNow: () => number
  /** How long after its claim an outcome may still be recorded. */
  readonly claimMs: number
}

export interface DueSenderOptions extends Sending {
  readonly duePosts: DuePosts
  readonly log: MarketingLog
}

export interface DueSender {
  /** Starts sending what is due; returns while sends are running. */
  begin(): Promise<void>
  /** Stops claiming posts. */
  stop(): void
  /** Resolves when none of its sends is running. */
  idle(): Promise<void>
}

/** Sends due posts, one at a time per channel, each claimed just before it is sent. */
export function createDueSender(options: DueSenderOptions): DueSender {
  const { claims, duePosts, postSlot, channels, monotonicNow, claimMs, log } = options
  const workers = new Map<string, Promise<void>>()
  let stopping = false

  const sendNext = async (name: string, channel: Channel): Promise<boolean> => {
    const claimedAt = monotonicNow()
    const post = await claims.claimNext(name, claimMs)
    if (post === undefined) return false
    await postSlot.send(post, channel, claimedAt)
    return true
  }

  const work = async (name: string, channel: Channel): Promise<void> => {
    try {
      while (!stopping && (await sendNext(name, channel))) await breathe()
    } catch (cause) {
      log.error({ channel: name, error: messageOf(cause) }, 'sending due posts was interrupted')
    }
  }

  return {
    begin: async () => {
      for (const name of await duePosts.channels()) {
        const channel = channels.get(name)
        if (channel === undefined || stopping || workers.has(name)) continue
        workers.set(
          name,
          work(name, channel).finally(() => workers.delete(name)),
        )
      }
    },
    stop: () => {
      stopping = true
    },
    idle: async () => {
      while (workers.size > 0) await Promise.all(workers.values())
    },
  }
}

export type DuePosts = ReturnType<typeof createDuePosts>

/** Queries for waiting posts. */
export function createDuePosts(queries: Kysely<Schema>, time: LedgerTime) {
  return {
    /** The channels with a post that may be sent now. */
    channels: async (): Promise<readonly string[]> => {
      const rows = await queries
        .selectFrom('posts')
        .select('channel')
        .distinct()
        .where('state', '=', 'due')
        .where('not_before', '<=', time.now())
        .execute()
      return rows.map(({ channel }) => channel)
    },

    /** The first instant after `now` at which a waiting post may be sent. */
    nextNotBefore: async (now: number): Promise<number | null> => {
      const row = await queries
        .selectFrom('posts')
        .select((select) => select.fn.min('not_before').as('instant'))
        .where('state', '=', 'due')
        .where('not_before', '>', now)
        .executeTakeFirstOrThrow()
      return row.instant
    },
  }
}
