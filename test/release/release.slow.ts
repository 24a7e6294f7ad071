import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { freePort } from '../support/loopback.ts'
import { run } from '../support/run-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'
import { until } from '../support/until.ts'

const root = new URL('../..', import.meta.url).pathname
const script = join(root, 'deploy/release/release.ts')
const tag = `v${manifest.version}`
const name = `countinghouse-${manifest.version}`

/** A clone of the last commit with the tag of its version. */
function cloneWithTag(): string {
  const clone = join(temporaryFolder(), 'clone')
  execFileSync('git', ['clone', '--quiet', root, clone])
  execFileSync('git', ['tag', '--force', tag], { cwd: clone })
  return clone
}

function release(clone: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [script, ...args], { cwd: clone, encoding: 'utf8' })
}

test('a tag makes an archive, its SBOM, its changes and checksums, twice the same bytes', () => {
  const clone = cloneWithTag()
  const folders = ['first', 'second'].map((folder) => join(clone, '..', folder))
  for (const folder of folders) {
    const { status, stderr } = release(clone, '--tag', tag, '--to', folder)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: folder }).toString()).toBe(
      [`${name}.tar.gz`, `${name}.cdx.json`, `${name}.md`].map((file) => `${file}: OK\n`).join(''),
    )
  }
  const [first = '', second = ''] = folders
  for (const file of readdirSync(first))
    expect(readFileSync(join(first, file)).equals(readFileSync(join(second, file))), file).toBe(
      true,
    )
  const listed = execFileSync('tar', ['--list', '--file', join(first, `${name}.tar.gz`)]).toString()
  expect(listed).toContain(`${name}/src/start.mjs\n`)
  const bom = JSON.parse(readFileSync(join(first, `${name}.cdx.json`), 'utf8'))
  expect(bom).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { name: 'countinghouse', version: manifest.version } },
  })
  const { components } = z
    .object({ components: z.array(z.looseObject({ name: z.string() })) })
    .parse(bom)
  const names = components.map((component) => component.name)
  expect(names).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)))
  expect(names).not.toContain('vitest')
  const changes = readFileSync(join(first, `${name}.md`), 'utf8')
  expect(changes.match(/^## .*$/gm)).toEqual([expect.stringContaining(manifest.version)])
})

test('a tag that is not there, or of another version, is refused with the reason', () => {
  const clone = cloneWithTag()
  expect(release(clone, '--tag', 'v9.9.9')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('there is no tag v9.9.9'),
  })
  execFileSync('git', ['tag', 'v9.9.9'], { cwd: clone })
  expect(release(clone, '--tag', 'v9.9.9').stderr).toContain(
    `has a package.json of version ${manifest.version}`,
  )
})

test('the packed package starts in an empty folder by what npx runs, and stops in order', async () => {
  const folder = temporaryFolder()
  const clone = cloneWithTag()
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'))
  execFileSync(process.execPath, ['deploy/bundle.ts'], { cwd: clone })
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    npm_config_cache: join(folder, 'npm'),
  }
  const npm = (...args: readonly string[]) =>
    execFileSync('npm', args, { cwd: empty, env: { ...process.env, ...environment } })
  npm('pack', '--silent', '--pack-destination', folder, clone)
  npm('install', '--silent', '--no-audit', '--no-fund', join(folder, `${name}.tgz`))
  const apiUrl = `http://127.0.0.1:${await freePort()}`
  const service = run(testStack(), {
    // npm passes no SIGTERM on to what npx runs, so a supervisor starts it without npx.
    command: join(empty, 'node_modules/.bin/countinghouse'),
    args: [],
    folder: empty,
    environment: {
      ...environment,
      PORT: new URL(apiUrl).port,
      EMULATOR_PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    },
  })
  await until(
    () => `the package to be ready: ${service.errorText()}`,
    async () => (await fetch(`${apiUrl}/readyz`).catch(() => undefined))?.status === 200,
    60_000,
  )
  expect(readdirSync(join(empty, 'data')).length).toBeGreaterThan(0)
  const help = npm('exec', '--', 'countinghouse', 'verify', '--help').toString()
  expect(help).toContain('npm run verify')
  expect(await service.end('SIGTERM')).toBe(0)
  await expect(fetch(`${apiUrl}/healthz`)).rejects.toThrow()
})
