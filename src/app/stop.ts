import { describeError, type Logger } from '../log.ts'

/** What it does, for the log, and how; it does nothing where the start did not come that far. */
export type StopStep = readonly [name: string, run: () => unknown]

/**
 * Runs the steps one after the other, each once the one before it has ended, also when that failed.
 * Rejects with the first failure; every failure is logged.
 */
export async function runStopSteps(
  steps: readonly StopStep[],
  log: Pick<Logger, 'error'>,
): Promise<void> {
  const failures: unknown[] = []
  for (const [name, run] of steps) {
    try {
      await run()
    } catch (cause) {
      failures.push(cause)
      log.error({ step: name, error: describeError(cause) }, 'a part could not be stopped')
    }
  }
  if (failures.length > 0) throw failures[0]
}
