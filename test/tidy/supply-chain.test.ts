import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }

const root = new URL('../..', import.meta.url).pathname
function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

const lockfile = z
  .object({
    packages: z.record(
      z.string(),
      z.looseObject({
        dev: z.boolean().optional(),
        license: z.string().optional(),
        hasInstallScript: z.boolean().optional(),
        integrity: z.string().optional(),
      }),
    ),
  })
  .parse(JSON.parse(textOf('package-lock.json')))
const packages = Object.entries(lockfile.packages).filter(([path]) => path !== '')

test('the service has at most 20 direct dependencies, each in an exact version', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest
  expect(Object.keys(dependencies).length).toBeLessThanOrEqual(20)
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
})

test('npm runs no install script, and of what the service needs nothing has one', () => {
  expect(textOf('.npmrc').split('\n')).toContain('ignore-scripts=true')
  const scripted = packages.filter(([, one]) => one.hasInstallScript === true)
  expect(scripted.filter(([, { dev }]) => dev !== true).map(([path]) => path)).toEqual([])
})

test('every package has a checksum', () => {
  expect(packages.length).toBeGreaterThan(100)
  expect(packages.filter(([, { integrity }]) => integrity === undefined)).toEqual([])
})

/** May be used in a program under Apache-2.0 without conditions on the whole. */
const allowed =
  /^(MIT|MIT-0|ISC|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Python-2\.0|Unlicense)$/

test('every package that the service needs has a licence that allows it', () => {
  const needed = packages.filter(([, { dev }]) => dev !== true)
  const others = needed.filter(([, { license = '' }]) => !allowed.test(license))
  expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([])
})

test('every test that SECURITY.md names for a risk of OWASP exists, and every risk names one', () => {
  const [, section = ''] = textOf('SECURITY.md').split('## OWASP API Security Top 10 (2023)')
  const rows = [...section.matchAll(/^\| API(\d+) .*$/gm)]
  expect(rows.map(([, number]) => Number(number))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  for (const [row] of rows) {
    const named = [...row.matchAll(/`(test\/[\w./-]+\.test\.ts)`/g)].map(([, path = '']) => path)
    expect(named.length, row).toBeGreaterThan(0)
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  }
})
