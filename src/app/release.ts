import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import manifest from '../../package.json' with { type: 'json' }

/** What runs. */
export interface Release {
  readonly version: string
  /** Null if the sources came without it. */
  readonly commit: string | null
}

const root = new URL('../../', import.meta.url)
const commitPattern = /^[0-9a-f]{40}$/

/** Reads it from the sources: `git archive` writes the commit into `commit.txt`, and a clone has it in `.git`. */
export function readRelease(): Release {
  const candidates = [read('src/app/commit.txt'), readCheckedOut()]
  const commit = candidates.find((text) => text !== undefined && commitPattern.test(text))
  return { version: manifest.version, commit: commit ?? null }
}

/** Undefined without a clone, and in a linked worktree. */
function readCheckedOut(): string | undefined {
  const head = read('.git/HEAD')
  const [, branch] = /^ref: (refs\/heads\/[\w./-]+)$/.exec(head ?? '') ?? []
  if (branch === undefined) return head
  const packed = read('.git/packed-refs')?.split('\n')
  return (
    read(`.git/${branch}`) ?? packed?.find((line) => line.endsWith(` ${branch}`))?.split(' ')[0]
  )
}

function read(path: string): string | undefined {
  const file = fileURLToPath(new URL(path, root))
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}
