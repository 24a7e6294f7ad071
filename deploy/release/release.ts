import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'

const help = `npm run release -- --tag v0.1.0 [--to <folder>]

Makes the files of a release from a tag of git: the source archive, its SBOM (CycloneDX), the changelog of that version,
and checksums. Two runs with the same Node and npm make the same bytes.

  --tag <tag>     a tag whose package.json has that version
  --to <folder>   release/<tag> by default
  --help          show this help
`

const bomSchema = z.looseObject({
  metadata: z.looseObject({}),
  components: z.array(
    z.looseObject({
      'bom-ref': z.string(),
      properties: z.array(z.looseObject({ name: z.string() })).default([]),
    }),
  ),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()).default([]) })),
})
type Bom = z.output<typeof bomSchema>

main()

function main(): void {
  const { values } = parseArgs({
    options: {
      tag: { type: 'string' },
      to: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) process.stdout.write(help)
  else if (values.tag === undefined) fail('--tag is missing')
  else release(values.tag, values.to ?? join('release', values.tag))
}

function release(tag: string, to: string): void {
  const commit = readCommit(tag)
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(textAt(commit, 'package.json')))
  if (tag !== `v${version}`) fail(`the tag ${tag} has a package.json of version ${version}`)
  const name = `countinghouse-${version}`
  const tar = git('archive', '--format=tar', `--prefix=${name}/`, commit)
  const files = new Map<string, Buffer>([
    [`${name}.tar.gz`, gzipSync(tar, { level: 9 })],
    [`${name}.cdx.json`, Buffer.from(sbomOf(commit, tar))],
    [`${name}.md`, Buffer.from(changesOf(textAt(commit, 'CHANGELOG.md'), version))],
  ])
  const sums = [...files].map(([file, content]) => `${sha256(content)}  ${file}\n`)
  mkdirSync(to, { recursive: true })
  for (const [file, content] of files) writeFileSync(join(to, file), content)
  writeFileSync(join(to, 'SHA256SUMS'), sums.join(''))
  process.stdout.write(
    `${sums.join('')}in ${to}; check them there by "sha256sum --check SHA256SUMS"\n`,
  )
}

function readCommit(tag: string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', `refs/tags/${tag}^{commit}`).toString().trim()
  } catch {
    return fail(`there is no tag ${tag}: make it by "git tag ${tag}"`)
  }
}

function textAt(commit: string, file: string): string {
  return git('show', `${commit}:${file}`).toString()
}

function git(...args: readonly string[]): Buffer {
  return execFileSync('git', args, { maxBuffer: 1_000_000_000 })
}

/**
 * What npm says of the lockfile, without the moment and the random number of this run.
 * https://cyclonedx.org/docs/1.5/json/
 */
function sbomOf(commit: string, tar: Buffer): string {
  const parent = mkdtempSync(join(tmpdir(), 'countinghouse-release-'))
  try {
    const folder = join(parent, 'countinghouse')
    mkdirSync(folder)
    for (const file of ['package.json', 'package-lock.json'])
      writeFileSync(join(folder, file), textAt(commit, file))
    const args = ['sbom', '--sbom-format=cyclonedx', '--package-lock-only']
    const output = execFileSync('npm', args, { cwd: folder, maxBuffer: 100_000_000 })
    const bom = withoutDevelopment(bomSchema.parse(JSON.parse(output.toString())))
    const timestamp = git('show', '--no-patch', '--format=%cI', commit).toString().trim()
    const metadata = { ...bom.metadata, timestamp: new Date(timestamp).toISOString() }
    const serialNumber = `urn:uuid:${uuidOf(sha256(tar))}`
    return `${JSON.stringify({ ...bom, serialNumber, metadata }, null, 2)}\n`
  } finally {
    rmSync(parent, { recursive: true })
  }
}

/** `npm sbom --omit=dev` also leaves out what tools of development need as well, such as zod: so this looks at each mark. */
function withoutDevelopment(bom: Bom): Bom {
  const isTool = ({ properties }: Bom['components'][number]) =>
    properties.some(({ name }) => name === 'cdx:npm:package:development')
  const tools = new Set(bom.components.filter(isTool).map((one) => one['bom-ref']))
  return {
    ...bom,
    components: bom.components.filter((one) => !tools.has(one['bom-ref'])),
    dependencies: bom.dependencies
      .filter(({ ref }) => !tools.has(ref))
      .map(({ ref, dependsOn }) => ({
        ref,
        dependsOn: dependsOn.filter((one) => !tools.has(one)),
      })),
  }
}

/** The first half of a digest in the form of a UUID of version 8: RFC 9562, section 5.8. */
function uuidOf(digest: string): string {
  const [, a, b, c, d, e] =
    /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(digest) ?? fail('this is no digest')
  return `${a}-${b}-8${c}-8${d}-${e}`
}

/** The section of a version in the changelog. */
function changesOf(changelog: string, version: string): string {
  const heading = new RegExp(`^## ${version.replaceAll('.', '\\.')}\\b.*$`, 'm')
  const begin = changelog.search(heading)
  if (begin < 0) fail(`CHANGELOG.md has no section for ${version}`)
  const [section = ''] = changelog.slice(begin).split(/^(?=## )/m)
  return `${section.trim()}\n`
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function fail(reason: string): never {
  process.stderr.write(`release: ${reason}\n\n${help}`)
  process.exit(2)
}
