import { parseArgs } from 'node:util'
import { filesNewerThanProof } from '../proof/newer-files.ts'
import { createRandom } from '../support/random.ts'
import { filesChangedSince } from './copy-tree.ts'
import type { Mutant } from './mutant.ts'
import { mutants } from './mutants.ts'

interface Choice {
  readonly chosen: readonly Mutant[]
  /** Whether the tests must first pass without a mutant. */
  readonly isChecked: boolean
  /** How many were chosen and why, for the log. */
  readonly why: string
}

/** Chooses mutants by the command line. Throws a RangeError for one that does not exist. */
export function choose(): Choice {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'changed-since': { type: 'string' },
      sample: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      unchecked: { type: 'boolean', default: false },
    },
  })
  const unknown = positionals.find((id) => !mutants.some((mutant) => mutant.id === id))
  if (unknown !== undefined) throw new RangeError(`there is no mutant ${unknown}`)
  const since = values['changed-since']
  const changed = since === undefined ? undefined : filesChangedSince(since)
  const named = mutants
    .filter(({ id }) => positionals.length === 0 || positionals.includes(id))
    .filter(({ file }) => changed === undefined || changed.has(file))
  const isChecked = !values.unchecked
  if (values.sample === undefined)
    return { chosen: named, isChecked, why: `${named.length} of ${mutants.length} mutants` }
  return { isChecked, ...sample(named, Number(values.sample), Number(values.seed)) }
}

function sample(
  named: readonly Mutant[],
  size: number,
  seed: number,
): Pick<Choice, 'chosen' | 'why'> {
  if (!(Number.isSafeInteger(size) && Number.isSafeInteger(seed)))
    throw new RangeError('--sample and --seed are whole numbers')
  const newer = filesNewerThanProof('mutants')
  const drawn = new Set(createRandom(seed).shuffle(named).slice(0, size))
  const chosen = named.filter(
    (mutant) => drawn.has(mutant) || newer === undefined || newer.has(mutant.file),
  )
  const extra = chosen.length - drawn.size
  const reason =
    newer === undefined
      ? 'the others since no proof of them is recorded'
      : `${extra} others of files that changed since the last proof`
  return { chosen, why: `${drawn.size} of ${mutants.length} mutants, seed ${seed}; ${reason}` }
}
