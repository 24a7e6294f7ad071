import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { readTable } from './read-table.ts'

const root = new URL('../..', import.meta.url).pathname

test('a short run of the scaling benchmark has figures of each number of replicas and of both tables', () => {
  const args = '--replicas=1,2 --rounds=1 --requests=400 --facts=2000 --partitions=4 --slices=1'
  const shown = execFileSync(
    process.execPath,
    ['test/bench/scaling/scaling.ts', ...args.split(' ')],
    { cwd: root, encoding: 'utf8' },
  )
  const rows = readTable(shown)
  expect(rows.map(([name]) => name)).toEqual(['1', '2', `'one table'`, `'4 hash partitions'`])
  expect(rows.flatMap(([, ...figures]) => figures).filter((one) => !(Number(one) > 0))).toEqual([])
})
