import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { eventTypes } from '../../src/stripe/facts/registry.ts'
import { startTestApp } from '../support/start-test-app.ts'

/** What the documents say of the code: paths, links, commands, routes, lists. */
const root = new URL('../..', import.meta.url).pathname
const documents = globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.md'], { cwd: root }).toSorted()
function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** Every match of a pattern's one group in every document, as "document: match". */
function findIn(files: readonly string[], pattern: RegExp) {
  return files.flatMap((file) =>
    [...textOf(file).matchAll(pattern)].map(([, found = '']) => ({ file, found })),
  )
}

test('every document that a newcomer looks for is there', () => {
  expect(documents).toEqual(
    expect.arrayContaining(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'README.md', 'SECURITY.md']),
  )
  expect(documents.filter((file) => file.startsWith('docs/')).length).toBeGreaterThan(8)
})

const folders = 'src|instrumentation|test|deploy|docs|examples'

test('every path that a document names exists', () => {
  const named = findIn(documents, new RegExp(`\`((?:${folders})/[\\w./*-]*)\``, 'g'))
  expect(named.length).toBeGreaterThan(50)
  const missing = named.filter(({ found }) => globSync(found, { cwd: root }).length === 0)
  expect(missing).toEqual([])
})

/** A heading's anchor as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}

function anchorsOf(file: string): ReadonlySet<string> {
  const prose = textOf(file).replaceAll(/^```.*?^```/gms, '')
  return new Set([...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)))
}

/** Why a relative link leads nowhere; undefined when it leads to a file and, if it names one, a heading. */
function brokenBy(file: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? file : normalize(join(dirname(file), path))
  if (!existsSync(join(root, target))) return `${file}: there is no ${target}`
  const isBroken = anchor !== undefined && !anchorsOf(target).has(anchor)
  return isBroken ? `${file}: ${target} has no heading #${anchor}` : undefined
}

test('every link between documents leads to a file and to a heading that exists', () => {
  const links = findIn(documents, /\]\((?!\w+:)([^)\s]+)\)/g)
  expect(links.length).toBeGreaterThan(30)
  expect(links.flatMap(({ file, found }) => brokenBy(file, found) ?? [])).toEqual([])
})

test('a link to a missing file or heading is found', () => {
  expect(brokenBy('README.md', 'docs/nothing.md')).toBe('README.md: there is no docs/nothing.md')
  expect(brokenBy('docs/api.md', '../README.md#nothing')).toBe(
    'docs/api.md: README.md has no heading #nothing',
  )
  expect(brokenBy('docs/api.md', '../README.md#the-promise')).toBeUndefined()
})

test('every npm script that a document names exists, and every script is documented', () => {
  const named = findIn(documents, /npm run ([\w:-]+)/g)
  const scripts = Object.keys(manifest.scripts)
  expect(named.filter(({ found }) => !scripts.includes(found))).toEqual([])
  const documented = new Set([...named.map(({ found }) => found), 'start', 'test'])
  expect(scripts.filter((script) => !documented.has(script))).toEqual([])
})

test('the README is a front door, not a manual', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(130)
  const pictures = [...textOf('README.md').matchAll(/(?:src|srcset)="([^"]+)"/g)]
  expect(pictures.length).toBe(2)
  expect(pictures.filter(([, file = '']) => !existsSync(join(root, file)))).toEqual([])
})

test('docs/counting.md lists exactly the webhook events that are read', () => {
  const [, section = ''] = textOf('docs/counting.md').split('## Webhook events\n')
  const listed = [...section.matchAll(/^- `([\w.]+)`$/gm)].map(([, type = '']) => type)
  expect(listed.toSorted()).toEqual([...eventTypes].toSorted())
})

test('ARCHITECTURE.md explains every dependency and no other', () => {
  const [, section = ''] = textOf('ARCHITECTURE.md').split('## Dependencies\n')
  const rows = [...section.matchAll(/^\| (`.+?) \|/gm)].map(([, cell = '']) => cell)
  const explained = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name))
  const { dependencies, devDependencies, optionalDependencies } = manifest
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies }
  expect(explained.toSorted()).toEqual(Object.keys(all).toSorted())
})

test('every log message that a runbook tells people to search for is one that the service writes', () => {
  const runbooks = documents.filter((file) => file.startsWith('deploy/monitoring/runbooks/'))
  const quoted = findIn(runbooks, /\blogs?\b[^.`]*? for `([^`]+)`/g)
  const also = findIn(runbooks, / and for `([^`]+)`/g)
  expect(quoted.length).toBeGreaterThan(3)
  const code = globSync('{src,instrumentation}/**/*.ts', { cwd: root }).map(textOf).join('\n')
  const unknown = [...quoted, ...also].filter(({ found }) => !code.includes(found))
  expect(unknown).toEqual([])
})

test('docs/api.md names every route of the API', async () => {
  const app = await startTestApp()
  const answer = await app.call('GET', '/openapi.json')
  const { paths } = z
    .object({ paths: z.record(z.string(), z.unknown()) })
    .parse(await answer.json())
  const text = textOf('docs/api.md').replaceAll(/<[\w ]+>/g, '{}')
  const routes = Object.keys(paths).map((path) => path.replaceAll(/\{\w+\}/g, '{}'))
  expect(routes.length).toBeGreaterThan(8)
  expect(routes.filter((route) => !text.includes(`${route}\``))).toEqual([])
})

test('the version of Node is the same everywhere', () => {
  const version = textOf('.node-version').trim()
  const pinned = Object.entries(manifest.optionalDependencies).filter(([name]) =>
    name.startsWith('node-'),
  )
  expect(pinned.map(([, one]) => one)).toEqual(pinned.map(() => version))
})
