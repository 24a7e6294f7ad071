import type { Traces } from '../../../instrumentation/traces/traces.ts'
import type { Pacing } from '../client/pacing.ts'
import { withRateLimitRetry } from '../client/paginate.ts'

/** A sync job: runs never overlap and happen in the order in which they were requested. */
export interface Job<T> {
  /** Rejects if the job could not be completed. */
  run(): Promise<T>
  readonly isRunning: () => boolean
  /** Resolves when no run is in progress. */
  ended(): Promise<unknown>
}

export interface JobOptions {
  readonly pacing: Pacing
  readonly traces: Traces
  /** Awaited before each run. */
  readonly ready: () => Promise<void>
}

export function createJob<T>(name: string, work: () => Promise<T>, options: JobOptions): Job<T> {
  const { pacing, traces, ready } = options
  let queue: Promise<unknown> = Promise.resolve()
  let waiting = 0

  const runOne = async (): Promise<T> => {
    pacing.signal.throwIfAborted()
    await ready()
    return traces.span({ name }, work)
  }
  return {
    run: () => {
      waiting += 1
      const result = queue.then(runOne)
      queue = result.then(leave, leave)
      return result
    },
    isRunning: () => waiting > 0,
    ended: () => queue,
  }

  function leave(): void {
    waiting -= 1
  }
}

/** Runs a check until it has succeeded once; concurrent callers share one run, and a failure is retried. */
export function createOnce(check: () => Promise<void>, pacing: Pacing): () => Promise<void> {
  let made: Promise<void> | undefined
  return () => {
    made ??= withRateLimitRetry(check, pacing).catch((cause: unknown) => {
      made = undefined
      throw cause
    })
    return made
  }
}
