import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { answerHelp } from '../support/script-help.ts'
import type { BenchOptions } from './side-by-side/bench-context.ts'
import { installPeers } from './side-by-side/install-peers.ts'
import { describeMachine, loadAverage } from './side-by-side/machine.ts'
import { measureAll } from './side-by-side/measure-all.ts'
import { publish, readRun } from './side-by-side/publish.ts'
import { renderPlot } from './side-by-side/render-plot.ts'
import { renderTables } from './side-by-side/render-tables.ts'
import { type BenchRun, writeRun } from './side-by-side/run-file.ts'
import { peersFolder } from './side-by-side/start-peer.ts'
import { tableLayouts } from './side-by-side/table-layouts.ts'

answerHelp('bench:peers')

/**
 * `npm run bench:peers`: the service beside other programs on the same work, in alternating rounds. Prints the tables
 * of `docs/performance.md`, and writes a JSON file with every raw sample and a plot.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    peers: { type: 'string', default: '' },
    connections: { type: 'string', default: '1,8,64,256' },
    requests: { type: 'string', default: '60000' },
    seconds: { type: 'string', default: '5' },
    facts: { type: 'string', default: '1000,100000,10000000' },
    webhooks: { type: 'string', default: '1000000' },
    'idle-seconds': { type: 'string', default: '10' },
    to: { type: 'string', default: 'bench-peers' },
    from: { type: 'string' },
    publish: { type: 'boolean', default: false },
  },
})

await main()

async function main(): Promise<void> {
  const run = values.from === undefined ? await measure() : readRun(values.from)
  if (values.from === undefined) writeFiles(run)
  if (values.publish) publish(run)
  process.stdout.write(`${renderTables(run)}\n`)
}

async function measure(): Promise<BenchRun> {
  const options = readOptions()
  await using stack = new AsyncDisposableStack()
  await installPeers(stack)
  const loadAverageBefore = loadAverage()
  const [date, startedAt] = [new Date().toISOString(), performance.now()]
  const samples = await measureAll(options, tell)
  return {
    date,
    minutes: Number(((performance.now() - startedAt) / 60_000).toFixed(1)),
    commit: execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }).trim(),
    machine: describeMachine(loadAverageBefore),
    packages: readPackages(),
    options: {
      ...options,
      only: [...options.only],
      peers: [...options.peers],
      connections: [...options.connections],
      facts: [...options.facts],
    },
    samples: [...samples],
  }
}

function readOptions(): BenchOptions {
  const only = listOf(values.only)
  const unknown = only.filter((table) => !Object.hasOwn(tableLayouts, table))
  if (unknown.length > 0) {
    process.stderr.write(
      `bench:peers: --only takes ${Object.keys(tableLayouts).join(', ')}, not ${unknown.join(', ')}\n`,
    )
    process.exit(2)
  }
  return {
    rounds: Number(values.rounds),
    only,
    peers: listOf(values.peers),
    connections: listOf(values.connections).map(Number),
    requests: Number(values.requests),
    seconds: Number(values.seconds),
    facts: listOf(values.facts).map(Number),
    webhooks: Number(values.webhooks),
    idleSeconds: Number(values['idle-seconds']),
  }
}

function listOf(text: string): readonly string[] {
  return text.split(',').filter((one) => one !== '')
}

function readPackages(): Record<string, string> {
  const text = readFileSync(join(peersFolder, 'package.json'), 'utf8')
  return z.object({ dependencies: z.record(z.string(), z.string()) }).parse(JSON.parse(text))
    .dependencies
}

function writeFiles(run: BenchRun): void {
  writeFileSync(`${values.to}.json`, writeRun(run))
  const plot = renderPlot(run)
  if (plot !== undefined) writeFileSync(`${values.to}.svg`, plot)
  tell(`written: ${values.to}.json${plot === undefined ? '' : `, ${values.to}.svg`}`)
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}
