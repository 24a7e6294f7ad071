import type { Part } from './part.ts'
import type { PartRecord } from './result.ts'

/** How far the record of a part can be relied on. */
export interface Assessment {
  readonly state: 'current' | 'accepted' | 'not run' | 'stale' | 'failed'
  /** What a person should know, and do; empty for one that is current. */
  readonly text: string
}

/**
 * Holds a record against the sources as they are now, by glob. A part that never ran is "not run"; one that failed,
 * or whose sources are newer, is "accepted" when somebody gave a reason, until its sources change again or it runs.
 */
export function assess(
  { id }: Pick<Part, 'id'>,
  record: PartRecord | undefined,
  sources: Readonly<Record<string, string>>,
): Assessment {
  const again = `npm run proof -- --only ${id}`
  if (record === undefined) return { state: 'not run', text: `never run: ${again}` }
  const problem = findProblem(record, sources)
  if (problem === undefined) return { state: 'current', text: '' }
  const { state, text } = problem
  const { accepted } = record
  return accepted !== undefined && newerGlobs(accepted.sources, sources).length === 0
    ? { state: 'accepted', text: `${text}; accepted: ${accepted.reason}` }
    : { state, text: `${text}; run ${again}, or give a reason with --accept-stale` }
}

function findProblem(
  { outcome, sources: recorded, commit }: PartRecord,
  sources: Readonly<Record<string, string>>,
): { readonly state: 'failed' | 'stale'; readonly text: string } | undefined {
  const newer = newerGlobs(recorded, sources)
  const at = commit.slice(0, 9)
  if (outcome === 'failed') return { state: 'failed', text: `failed at ${at}` }
  if (newer.length === 0) return undefined
  return { state: 'stale', text: `changed since ${at}: ${newer.join(', ')}` }
}

function newerGlobs(
  recorded: Readonly<Record<string, string>>,
  sources: Readonly<Record<string, string>>,
): readonly string[] {
  const globs = [...new Set([...Object.keys(sources), ...Object.keys(recorded)])]
  return globs.filter((glob) => sources[glob] !== recorded[glob])
}
