import type { Logger } from '../../log.ts'
import type { RefusalReason } from './outcomes.ts'

export interface RefusedCounts {
  /** Reports a refused webhook. It is saved immediately, or within a few seconds if there are many. */
  report(reason: RefusalReason, advice: string): void
  /** Saves pending counts; resolves when they are saved. */
  stop(): Promise<void>
}

export interface RefusedCountsOptions {
  /** Adds to the count in the ledger; resolves after the commit. */
  readonly noteRefused: (reason: RefusalReason, count: number) => Promise<void>
  readonly log: Pick<Logger, 'warn'>
  readonly now: () => number
}

const writeIntervalMs = 5_000
const logIntervalMs = 60_000

/**
 * Logs refused webhooks, each reason at most once a minute with a count, and saves their number in the
 * ledger, where `doctor` reads it.
 */
export function startRefusedCounts({ noteRefused, log, now }: RefusedCountsOptions): RefusedCounts {
  const unwritten = new Map<RefusalReason, number>()
  const logged = new Map<RefusalReason, { readonly at: number; suppressed: number }>()

  const write = async (): Promise<void> => {
    for (const [reason, count] of unwritten) {
      await noteRefused(reason, count)
      const more = (unwritten.get(reason) ?? 0) - count
      if (more > 0) unwritten.set(reason, more)
      else unwritten.delete(reason)
    }
  }

  let writing: Promise<void> = Promise.resolve()
  // Whatever else needs the ledger reports a failure; the next write retries.
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
    }, writeIntervalMs).unref()
    void writeNext()
  }

  const logLimited = (reason: RefusalReason, advice: string): void => {
    const last = logged.get(reason)
    if (last !== undefined && Math.abs(now() - last.at) < logIntervalMs) {
      last.suppressed += 1
      return
    }
    logged.set(reason, { at: now(), suppressed: 0 })
    log.warn({ reason, count: 1 + (last?.suppressed ?? 0) }, `webhooks are refused: ${advice}`)
  }

  return {
    report: (reason, advice) => {
      unwritten.set(reason, (unwritten.get(reason) ?? 0) + 1)
      logLimited(reason, advice)
      writeSoon()
    },
    stop: async () => {
      clearTimeout(pause)
      await writeNext()
    },
  }
}
