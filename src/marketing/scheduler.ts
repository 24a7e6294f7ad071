import { withTimeout } from '../time/with-timeout.ts'
import { createLook, type Schedule } from './look.ts'

export interface Scheduler {
  /** Runs one pass: resolves overdue posts, creates new slots, starts sending. Never rejects. */
  tick(): Promise<void>
  /** Resolves when no send is running. */
  idle(): Promise<void>
  start(): void
  /** Stops the passes; resolves when running sends have ended, or after `timeoutMs`. */
  stop(timeoutMs?: number): Promise<void>
}

/** Changes that another replica commits take effect within this time. */
const lookEveryMs = 1_000

export function createScheduler(schedule: Schedule): Scheduler {
  const { sender, postSlot } = schedule
  const look = createLook(schedule)
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let isWell = true
  let running = false

  const lookOnce = async (): Promise<void> => {
    isWell = await look()
    looking = undefined
  }

  const tick = (): Promise<void> => {
    looking ??= lookOnce()
    return looking
  }

  const run = async (): Promise<void> => {
    await tick()
    const waitMs = isWell ? await nextLookInMs(schedule) : lookEveryMs
    if (running) wakeIn(waitMs)
  }

  const wakeIn = (waitMs: number): void => {
    timer = setTimeout(run, waitMs).unref()
  }

  const idle = async (): Promise<void> => {
    await sender.idle()
    await postSlot.idle()
  }

  return {
    tick,
    idle,
    start: () => {
      if (running) return
      running = true
      wakeIn(0)
    },
    stop: async (timeoutMs) => {
      running = false
      clearTimeout(timer)
      sender.stop()
      await looking
      await (timeoutMs === undefined ? idle() : withTimeout(idle(), timeoutMs))
      await postSlot.commitLeftovers()
    },
  }
}

/** The time until the next slot or deferred post, at most a second. */
async function nextLookInMs({ cursor, duePosts, time }: Schedule): Promise<number> {
  try {
    const now = await time.read()
    const instants = [await cursor.nextSlotAt(), await duePosts.nextNotBefore(now)]
    const waits = instants.filter((one) => one !== null).map((one) => one - now)
    return Math.max(0, Math.min(lookEveryMs, ...waits))
  } catch {
    return lookEveryMs
  }
}
