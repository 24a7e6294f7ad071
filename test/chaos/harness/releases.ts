import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { schemaOf } from '../../../src/database/migrate.ts'
import { fetchOnce } from '../../support/fetch-once.ts'
import { migrationName } from '../../support/migration-name.ts'
import { previousRelease } from '../../support/previous-release.ts'
import { run } from '../../support/run-process.ts'

/** Sources that can be started beside those of today. */
export interface Release {
  readonly name: 'N-1' | 'N' | 'N+1'
  /** Its `src/start.mjs`. */
  readonly entry: string
  /** As `/version` tells them; the commit of today's sources may be unknown. */
  readonly version: string
  readonly commit: string | undefined
  readonly schema: number
}

const root = new URL('../../..', import.meta.url).pathname
const sources = ['src', 'instrumentation', 'package.json']
const schema = schemaOf('postgres')
const manifestSchema = z.looseObject({ version: z.string() })

/** Today's sources. */
export function currentRelease(): Release {
  return releaseIn(root, { name: 'N', commit: undefined, schema })
}

/**
 * The release before, unpacked from git below `folder`: the last tag of a version that is not today's commit, else the
 * recorded commit. Answers why not where it cannot be had, as in a shallow clone.
 */
export async function unpackPreviousRelease(
  stack: AsyncDisposableStack,
  folder: string,
): Promise<Release | string> {
  const commit = findPrevious()
  if (commit === undefined) return `git has neither a tag v* nor ${previousRelease.commit} here`
  const home = join(folder, 'previous-release')
  mkdirSync(home)
  const files = [...sources, 'package-lock.json', '.gitattributes', '.npmrc']
  execFileSync('tar', ['--extract', '--directory', home], {
    input: git('archive', commit, ...files),
  })
  const problem = await providePackages(stack, home)
  return problem ?? releaseIn(home, { name: 'N-1', commit, schema: previousRelease.schema })
}

function findPrevious(): string | undefined {
  try {
    const head = textOf('rev-parse', 'HEAD')
    const tags = textOf('tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-version:refname')
    const tagged = tags.split('\n').filter((tag) => tag !== '')
    const commits = [...tagged, previousRelease.commit].map((name) => commitOf(name))
    return commits.find((commit) => commit !== undefined && commit !== head)
  } catch {
    // There is no git, or this is no clone.
    return undefined
  }
}

function commitOf(name: string): string | undefined {
  try {
    return textOf('rev-parse', '--verify', '--quiet', `${name}^{commit}`)
  } catch {
    return undefined
  }
}

/** Today's packages where its lockfile is the same, else its own, kept outside the repository. Answers what failed. */
async function providePackages(
  stack: AsyncDisposableStack,
  home: string,
): Promise<string | undefined> {
  const lockOf = (folder: string) => readFileSync(join(folder, 'package-lock.json'), 'utf8')
  if (lockOf(home) === lockOf(root)) {
    symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
    return undefined
  }
  const cache = join(homedir(), '.cache/countinghouse/previous-release')
  const isCached = existsSync(join(cache, 'installed')) && lockOf(cache) === lockOf(home)
  if (!isCached) {
    mkdirSync(cache, { recursive: true })
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      cpSync(join(home, file), join(cache, file))
    const { HOME } = process.env
    const args = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund']
    const npm = run(stack, { command: 'npm', args, folder: cache, environment: { HOME } })
    if ((await npm.exited) !== 0) return `npm ci of the release before failed: ${npm.errorText()}`
    writeFileSync(join(cache, 'installed'), '')
  }
  symlinkSync(join(cache, 'node_modules'), join(home, 'node_modules'))
  return undefined
}

const nextVersion = '99.0.0-next'
const nextName = migrationName(schema + 1, 'next-release')

/** A migration that does what the release after may do: a table, columns and an index more. */
const nextMigration = `import { sql } from 'kysely'

export const nextRelease = {
  up: async (database) => {
    for (const statement of [
      'create table next_release_notes (id bigint primary key, text text not null)',
      "alter table facts add column note text not null default ''",
      'alter table totals add column checked_at bigint',
      'alter table ledger add column note text',
      "alter table posts add column note text not null default ''",
      'create index next_release_posts on posts (receipt)',
    ])
      await sql.raw(statement).execute(database)
  },
}
`

/** A copy of today's sources below `folder` with one more migration that only adds. */
export function writeNextRelease(folder: string): Release {
  const home = join(folder, 'next-release')
  for (const name of sources) cpSync(join(root, name), join(home, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
  writeFileSync(join(home, 'src/database/migrations/next-release.ts'), nextMigration)
  edit(join(home, 'package.json'), /"version": "[^"]+"/, `"version": "${nextVersion}"`)
  const migrate = join(home, 'src/database/migrate.ts')
  edit(migrate, /^/, "import { nextRelease } from './migrations/next-release.ts'\n")
  edit(
    migrate,
    /(function migrationsFor[\s\S]*?return \{[\s\S]*?\n)( {2}\})/,
    `$1    '${nextName}': nextRelease,\n$2`,
  )
  return releaseIn(home, { name: 'N+1', commit: undefined, schema: schema + 1 })
}

function edit(file: string, pattern: RegExp, replacement: string): void {
  const text = readFileSync(file, 'utf8')
  if (!pattern.test(text)) throw new Error(`${file} has nothing like ${pattern}`)
  writeFileSync(file, text.replace(pattern, replacement))
}

function releaseIn(home: string, known: Pick<Release, 'name' | 'commit' | 'schema'>): Release {
  const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const { version } = manifestSchema.parse(manifest)
  return { ...known, version, entry: join(home, 'src/start.mjs') }
}

const versionSchema = z.object({
  version: z.string(),
  commit: z.string().nullable(),
  schema: z.object({ release: z.int(), ledger: z.int().nullable() }),
})

/** Answers in words how a service is not this release by its own account; nothing if it is. */
export async function mismatches(release: Release, apiUrl: string): Promise<readonly string[]> {
  const answer = await fetchOnce(`${apiUrl}/version`)
  const { version, commit, schema: schemas } = versionSchema.parse(await answer.json())
  const isSame =
    version === release.version &&
    schemas.release === release.schema &&
    (release.commit === undefined || commit === release.commit) &&
    (schemas.ledger ?? 0) >= release.schema
  return isSame
    ? []
    : [`${release.name} calls itself ${version} (${commit}) ${JSON.stringify(schemas)}`]
}

function git(...args: readonly string[]): Buffer {
  return execFileSync('git', args, { cwd: root, maxBuffer: 200_000_000, stdio: 'pipe' })
}

function textOf(...args: readonly string[]): string {
  return git(...args)
    .toString()
    .trim()
}
