import type { RecorderOptions } from '../business/recorder.ts'
import type { Traces } from './traces.ts'

type RecordFact = RecorderOptions['record']

/**
 * A span for each fact, from submitting it to its commit. A commit is shared, so the span shows how long
 * this fact waited for it.
 */
export function traceCommits(record: RecordFact, traces: Traces): RecordFact {
  return traces.isOn
    ? (fact, alongside) =>
        traces.span(
          { name: 'commit', attributes: { 'countinghouse.counter': fact.counter } },
          async (span) => {
            const outcome = await record(fact, alongside)
            span.set({ 'countinghouse.outcome': outcome })
            return outcome
          },
        )
    : record
}
