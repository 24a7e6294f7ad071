import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { schemaOf } from '../../src/database/migrate.ts'
import { run } from '../support/run-process.ts'
import { startTestApp } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'

const root = new URL('../..', import.meta.url).pathname
const schema = schemaOf('sqlite')
/** A copy of the sources, as mutants are tried in, has no commit. */
const isClone = existsSync(join(root, '.git/HEAD'))

function head(): string {
  return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root }).toString().trim()
}

test('/version tells the version, the commit and the schemas, to everybody', async () => {
  const app = await startTestApp({ environment: { API_KEYS: 'only-key-0123456789abc' } })
  const answer = await app.call('GET', '/version')
  expect(await answer.json()).toEqual({
    version: manifest.version,
    commit: isClone ? head() : null,
    schema: { release: schema, ledger: schema, needed: 0 },
    advice: null,
  })
})

test('/version says what to do where the ledger has another schema than the release', async () => {
  const app = await startTestApp()
  using file = new DatabaseSync(join(app.folder, 'ledger.db'))
  const apply = (name: string) =>
    file.exec(`insert into kysely_migration (name, timestamp) values ('${name}', '')`)
  const read = async () => (await app.call('GET', '/version')).json()
  apply('9001-note')
  expect(await read()).toMatchObject({
    schema: { ledger: 9001, needed: 0 },
    advice: expect.stringContaining('finish the upgrade'),
  })
  apply('9002-contract-9001-note')
  expect(await read()).toMatchObject({
    schema: { ledger: 9002, needed: 9001 },
    advice: expect.stringContaining('replace this process by the newer release'),
  })
})

test.skipIf(!isClone)('an archive of git knows its commit without git', async () => {
  const folder = temporaryFolder()
  const files = ['src/app/release.ts', 'src/app/commit.txt', 'package.json', '.gitattributes']
  const tar = execFileSync('git', ['archive', 'HEAD', ...files], { cwd: root })
  execFileSync('tar', ['--extract', '--directory', folder], { input: tar })
  const script = `import(${JSON.stringify(join(folder, 'src/app/release.ts'))}).then((m) => console.log(m.readRelease().commit))`
  const { exited, outputText } = run(testStack(), {
    command: process.execPath,
    args: ['--eval', script],
    folder,
  })
  expect(await exited).toBe(0)
  expect(outputText().trim()).toBe(head())
})
