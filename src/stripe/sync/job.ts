import type { Traces } from '../../../instrumentation/traces/traces.ts'
import type { Pacing } from '../client/pacing.ts'
import { withRateLimitRetry } from '../client/paginate.ts'

/** A sync job that runs once at a time, in the order in which it was asked for. */
export interface Job<T> {
  /** Rejects when the job could not be finished. */
  run(): Promise<T>
  readonly isRunning: () => boolean
  /** Resolves when none is under way. */
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

/** Makes sure of something once; whoever needs it meanwhile waits for the same answer, a failure is asked again. */
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
