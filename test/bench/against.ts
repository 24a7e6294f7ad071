import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { cpuSeconds, median, residentMegabytes, startProgram, stopProgram } from './programs.ts'
import { withTemporaryFolder } from './temporary-folder.ts'

/**
 * `npm run bench:against -- --base <folder>`: this source tree beside another one, each started as a
 * user would start it, in alternating pairs: server CPU per webhook at 64 connections, time to ready,
 * and memory after ten idle seconds. The base needs its dependencies installed.
 */
const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    pairs: { type: 'string', default: '9' },
    requests: { type: 'string', default: '30000' },
    'idle-seconds': { type: 'string', default: '10' },
  },
})
if (values.base === undefined) {
  process.stderr.write('bench:against: name the other source tree: --base <folder>\n')
  process.exit(2)
}

const here = new URL('../..', import.meta.url).pathname
const trees = { base: values.base, here } as const
type Tree = keyof typeof trees

interface Measurement {
  readonly cpuMicroseconds: number
  readonly readyMs: number
  readonly idleMegabytes: number
}

const secret = 'whsec_bench'
const loadProgram = new URL('load.ts', import.meta.url).pathname
const loadResult = z.object({ statuses: z.record(z.string(), z.number()) })

const results: Record<Tree, Measurement[]> = { base: [], here: [] }
for (const tree of ['base', 'here'] as const) await measure(tree, 0, 1_000, 0)
for (let pair = 1; pair <= Number(values.pairs); pair += 1) {
  const order: readonly Tree[] = pair % 2 === 0 ? ['here', 'base'] : ['base', 'here']
  for (const tree of order)
    results[tree].push(
      await measure(tree, pair, Number(values.requests), Number(values['idle-seconds'])),
    )
  process.stderr.write('.')
}
process.stderr.write('\n')
// biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
console.table((['cpuMicroseconds', 'readyMs', 'idleMegabytes'] as const).map(compare))

function measure(
  tree: Tree,
  seed: number,
  requests: number,
  idleSeconds: number,
): Promise<Measurement> {
  return withTemporaryFolder(async (folder) => {
    const startedAt = performance.now()
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const service = startProgram([join(trees[tree], 'src/start.mjs')], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        DATABASE_URL: `sqlite:${folder}/ledger.db`,
        STRIPE_SECRET_KEY: 'sk_test_bench',
        STRIPE_WEBHOOK_SECRET: secret,
        STRIPE_API_BASE: 'http://127.0.0.1:9',
      },
    })
    try {
      await service.lineThat((line) => line.includes('"ready"'))
      const readyMs = performance.now() - startedAt
      await wait(idleSeconds * 1_000)
      const idleMegabytes = residentMegabytes(service.pid)
      await load(port, Math.ceil(requests / 6), seed + 500)
      const before = cpuSeconds(service.pid)
      await load(port, requests, seed)
      const cpu = cpuSeconds(service.pid) - before
      return { cpuMicroseconds: (cpu / requests) * 1e6, readyMs, idleMegabytes }
    } finally {
      await stopProgram(service)
    }
  })
}

async function load(port: number, requests: number, seed: number): Promise<void> {
  const generator = startProgram(
    [
      loadProgram,
      `--port=${port}`,
      `--secret=${secret}`,
      `--requests=${requests}`,
      `--seed=${seed}`,
    ],
    {},
  )
  await generator.lineThat((line) => line.includes('"ready"'))
  generator.write('go\n')
  const { statuses } = loadResult.parse(
    JSON.parse(await generator.lineThat((line) => line.includes('"statuses"'))),
  )
  if (statuses['200'] !== requests)
    throw new Error(`answers were ${JSON.stringify(statuses)} to ${requests} webhooks`)
  await stopProgram(generator)
}

function compare(figure: keyof Measurement) {
  const of = (tree: Tree) => results[tree].map((one) => one[figure])
  const ratios = of('here').map((value, index) => value / (of('base')[index] ?? Number.NaN))
  return {
    figure,
    base: Number(median(of('base')).toFixed(1)),
    here: Number(median(of('here')).toFixed(1)),
    'here / base': Number(median(ratios).toFixed(3)),
    lowest: Number(Math.min(...ratios).toFixed(3)),
    highest: Number(Math.max(...ratios).toFixed(3)),
  }
}
