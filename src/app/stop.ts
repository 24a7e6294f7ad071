import { describeError, type Logger } from '../log.ts'
import { withTimeout } from '../time/with-timeout.ts'

/**
 * What it does, for the log, and how, within so many milliseconds; it does nothing where the start did
 * not come that far.
 */
type StopStep = readonly [name: string, run: (timeoutMs: number) => unknown]

export interface StopSteps {
  /** What may take long, all at once: requests, posts and sync jobs that are under way. */
  readonly drain: readonly StopStep[]
  /** What follows, one after the other. */
  readonly close: readonly StopStep[]
}

/** How much of the time is for what is under way; the rest is for the last batch, the last push and the lease. */
const drainShare = 0.6
/** What is left of the rest, for the step at hand; so none of them leaves nothing for those after it. */
const closeShare = 0.5

/**
 * Runs the steps within `timeoutMs` as a whole. One that does not end in its time is left behind and
 * logged, and the next one begins, also when one failed. Rejects with the first failure; every failure
 * is logged.
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
