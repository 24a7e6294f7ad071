import { setImmediate as breathe } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import type { Channel, Channels } from './channels/channel.ts'
import type { Lanes } from './lanes.ts'
import type { MarketingLog } from './marketing-log.ts'
import type { PostClaims } from './post-claims.ts'
import type { PostSlot } from './post-slot.ts'

export interface DueSenderOptions {
  readonly claims: PostClaims
  readonly postSlot: PostSlot
  readonly channels: Channels
  readonly lanes: Lanes
  readonly now: () => number
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

/** Sends due posts, several at once for each channel, each of them claimed just before it is sent. */
export const createDueSender = (options: DueSenderOptions): DueSender => {
  const { claims, postSlot, channels, lanes, now, claimMs, log } = options
  const workers = new Set<Promise<void>>()
  let stopping = false

  const sendNext = async (name: string, channel: Channel): Promise<boolean> => {
    const leave = lanes.tryEnter(name)
    if (leave === undefined) return false
    try {
      const instant = now()
      const post = await claims.claimNext(name, instant, instant + claimMs)
      if (post === undefined) return false
      await postSlot.send(post, channel)
      return true
    } finally {
      leave()
    }
  }

  const work = async (name: string, channel: Channel): Promise<void> => {
    try {
      while (!stopping && (await sendNext(name, channel))) await breathe()
    } catch (cause) {
      log.error({ channel: name, error: messageOf(cause) }, 'sending due posts was interrupted')
    }
  }

  const startWorker = (name: string, channel: Channel): void => {
    const worker = work(name, channel).finally(() => workers.delete(worker))
    workers.add(worker)
  }

  return {
    begin: async () => {
      for (const [name, count] of await claims.countDue(now())) {
        const channel = channels.get(name)
        if (channel === undefined || stopping) continue
        const workerCount = Math.min(count, lanes.free(name))
        for (let started = 0; started < workerCount; started += 1) startWorker(name, channel)
      }
    },
    stop: () => {
      stopping = true
    },
    idle: async () => {
      while (workers.size > 0) await Promise.all(workers)
    },
  }
}
