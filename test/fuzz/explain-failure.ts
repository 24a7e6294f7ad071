import fc from 'fast-check'
import { messageOf } from '../../src/errors.ts'

const charactersMax = 4_000

/** Why a run failed, with the smallest input that shows it; undefined when it did not. */
export function explainFailure<Inputs>(details: fc.RunDetails<Inputs>): string | undefined {
  if (!details.failed) return undefined
  const text = `${messageOf(details.errorInstance)}\n${fc.defaultReportMessage(details)}`
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text
}
