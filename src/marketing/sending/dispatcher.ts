import { setImmediate as breathe } from 'node:timers/promises'
import { messageOf } from '../../errors.ts'
import type { Channel, Channels } from '../channels/channel.ts'
import type { MarketingLog } from '../log.ts'
import type { PostSlot } from './attempt.ts'
import type { PostClaims } from './claims.ts'
import type { DuePosts } from './due-posts.ts'

export interface DueSenderOptions {
  readonly claims: PostClaims
  readonly duePosts: DuePosts
  readonly postSlot: PostSlot
  readonly channels: Channels
  /** Milliseconds that never go back. */
  readonly monotonicNow: () => number
  /** How long after its claim an outcome may still come in. */
  readonly claimMs: number
  readonly log: MarketingLog
}

export interface DueSender {
  /** Begins to send what is due; returns while the sends are under way. */
  begin(): Promise<void>
  /** Claims nothing more. */
  stop(): void
  /** Resolves when none of its sends is under way. */
  idle(): Promise<void>
}

/** Sends due posts, one after the other on each channel, each of them claimed just before it is sent. */
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
