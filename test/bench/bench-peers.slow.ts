import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { installPeers } from './side-by-side/install-peers.ts'
import { readRun } from './side-by-side/publish.ts'

const root = new URL('../..', import.meta.url).pathname

/** A short run of `npm run bench:peers`: every webhook was answered 200, or it would have failed. */
const small =
  '--rounds=2 --requests=400 --seconds=1 --connections=1,8 --facts=100,1000 --webhooks=400 --idle-seconds=0'

test('every peer, table and comparison of a short run has its figures', () => {
  const to = join(temporaryFolder(), 'run')
  const args = ['test/bench/bench-peers.ts', ...small.split(' '), `--to=${to}`]
  const shown = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  const { samples, options } = readRun(`${to}.json`)
  const tables = Map.groupBy(samples, ({ table }) => table)
  expect([...tables.keys()].toSorted()).toEqual(
    'checkout counters growth latency memory scrape start webhooks'.split(' '),
  )
  const rates = tables.get('webhooks') ?? []
  expect(rates.length).toBe(9 * options.connections.length * options.rounds)
  expect(samples.filter(({ figures }) => Object.values(figures).some(Number.isNaN))).toEqual([])
  expect(rates.filter(({ figures }) => !((figures.perSecond ?? 0) > 0))).toEqual([])
  expect(shown).toContain('checkout − the bare Stripe call, ms, SQLite')
  const again = ['test/bench/bench-peers.ts', `--from=${to}.json`]
  expect(execFileSync(process.execPath, again, { cwd: root, encoding: 'utf8' })).toBe(shown)
})

test('the programs of the peers are type-checked with the packages that they use', async () => {
  await using stack = new AsyncDisposableStack()
  await installPeers(stack)
  const args = ['--noEmit', '-p', 'test/bench/peers']
  expect(execFileSync('node_modules/.bin/tsc', args, { cwd: root, encoding: 'utf8' })).toBe('')
})
