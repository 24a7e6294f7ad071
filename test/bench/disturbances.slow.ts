import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { readTable } from './read-table.ts'

const root = new URL('../..', import.meta.url).pathname

test('a short run beside scrapes has the times of webhooks and of the event loop', () => {
  const only = ['nothing', 'a scrape every 100 ms'].map((name) => `--only=${name}`)
  const shown = execFileSync(
    process.execPath,
    [
      'test/bench/disturbances/disturbances.ts',
      '--engine=sqlite',
      '--rounds=1',
      '--seconds=1',
      '--payments=10',
      ...only,
    ],
    { cwd: root, encoding: 'utf8' },
  )
  const rows = readTable(shown)
  expect(rows.map(([name]) => name)).toEqual([`'nothing'`, `'a scrape every 100 ms'`])
  expect(rows.flatMap(([, ...figures]) => figures).filter((one) => !(Number(one) > 0))).toEqual([])
})
