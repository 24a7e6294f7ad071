import type { Logger } from '../../log.ts'
import type { RefusalReason } from './outcomes.ts'

export interface RefusedCounts {
  /** A webhook was refused. It is written down at once, or within a few seconds where many are. */
  tell(reason: RefusalReason, wayOut: string): void
  /** Writes down what is not written yet; resolves when it is. */
  stop(): Promise<void>
}

export interface RefusedCountsOptions {
  /** Keeps in the ledger that this many were refused; resolves after the commit. */
  readonly noteRefused: (reason: RefusalReason, count: number) => Promise<void>
  readonly log: Pick<Logger, 'warn'>
  readonly now: () => number
}

const writeEveryMs = 5_000
const sayEveryMs = 60_000

/**
 * Says refused webhooks in the log, each reason at most once a minute with how many there were, and
 * keeps their number in the ledger, where the doctor finds it.
 */
export function startRefusedCounts({ noteRefused, log, now }: RefusedCountsOptions): RefusedCounts {
  const unwritten = new Map<RefusalReason, number>()
  const said = new Map<RefusalReason, { readonly at: number; silently: number }>()

  const write = async (): Promise<void> => {
    for (const [reason, count] of unwritten) {
      await noteRefused(reason, count)
      const more = (unwritten.get(reason) ?? 0) - count
      if (more > 0) unwritten.set(reason, more)
      else unwritten.delete(reason)
    }
  }

  let writing: Promise<void> = Promise.resolve()
  // A failure is told by what else needs the ledger; the next turn tries again.
  const writeNext = (): Promise<void> => {
    writing = writing.then(write).catch(() => undefined)
    return writing
  }

  let pause: NodeJS.Timeout | undefined
  const writeSoon = (): void => {
    if (pause !== undefined) return
    pause = setTimeout(() => {
      pause = undefined
      if (unwritten.size > 0) writeSoon()
    }, writeEveryMs).unref()
    void writeNext()
  }

  const say = (reason: RefusalReason, wayOut: string): void => {
    const last = said.get(reason)
    if (last !== undefined && Math.abs(now() - last.at) < sayEveryMs) {
      last.silently += 1
      return
    }
    said.set(reason, { at: now(), silently: 0 })
    log.warn({ reason, count: 1 + (last?.silently ?? 0) }, `webhooks are refused: ${wayOut}`)
  }

  return {
    tell: (reason, wayOut) => {
      unwritten.set(reason, (unwritten.get(reason) ?? 0) + 1)
      say(reason, wayOut)
      writeSoon()
    },
    stop: async () => {
      clearTimeout(pause)
      await writeNext()
    },
  }
}
