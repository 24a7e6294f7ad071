import { describeError, type Logger } from '../log.ts'
import { withTimeout } from '../time/with-timeout.ts'

/**
 * A stop step: its name for the log, and what it does within the given milliseconds; nothing if the start did
 * not get that far.
 */
type StopStep = readonly [name: string, run: (timeoutMs: number) => unknown]

export interface StopSteps {
  /** What may take long, concurrently: running requests, posts and sync jobs. */
  readonly drain: readonly StopStep[]
  /** What follows, in sequence. */
  readonly close: readonly StopStep[]
}

/** The share of the time for running work; the rest is for the last batch, the last push and the lease. */
const drainShare = 0.6
/** The share of the remaining time for each step, so that no step uses up the time of those after it. */
const closeShare = 0.5

/**
 * Runs the steps within `timeoutMs` in total. A step that exceeds its time is abandoned and logged, and the next
 * one begins, also after a failure. Every failure is logged. Rejects with the first one.
 */
export async function runStopSteps(
  { drain, close }: StopSteps,
  log: Pick<Logger, 'error' | 'warn'>,
  timeoutMs: number,
): Promise<void> {
  const endsAt = performance.now() + timeoutMs
  const failures: unknown[] = []

  const run = async ([name, work]: StopStep, stepMs: number): Promise<void> => {
    try {
      const ended = Promise.resolve(work(stepMs)).then(() => true)
      if ((await withTimeout(ended, stepMs)) !== true)
        log.warn({ step: name }, 'a part did not stop in time: it is left behind')
    } catch (cause) {
      failures.push(cause)
      log.error({ step: name, error: describeError(cause) }, 'a part could not be stopped')
    }
  }

  await Promise.all(drain.map((step) => run(step, drainShare * timeoutMs)))
  for (const step of close) await run(step, Math.max(0, closeShare * (endsAt - performance.now())))
  if (failures.length > 0) throw failures[0]
}
