import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createDatabase } from '../support/postgres.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { cpuSeconds, pidOf, residentMegabytes } from '../support/process-usage.ts'
import { answerHelp } from '../support/script-help.ts'
import { mustBeReady, startOptionsOf, startService } from '../support/service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { median } from './programs.ts'
import { prepareLoad } from './send-load.ts'
import { databaseCpuSeconds } from './side-by-side/database-cpu.ts'
import { quantile } from './side-by-side/quantile.ts'
import { scrapeDuring } from './time-scrapes.ts'

answerHelp('bench:against')

/**
 * `npm run bench:against -- --base <folder> [--engine postgres] [--connections 64]`: this source tree beside
 * another one, each started as a user would start it, in alternating pairs: webhooks per second, CPU of the service
 * and of PostgreSQL per webhook, a webhook's time at a fixed rate, a scrape's under full load, time to ready, and
 * memory after ten idle seconds. The base needs its dependencies installed.
 */
const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    pairs: { type: 'string', default: '9' },
    requests: { type: 'string', default: '30000' },
    engine: { type: 'string', default: 'sqlite' },
    connections: { type: 'string', default: '64' },
    paced: { type: 'string', default: '3000' },
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
  readonly perSecond: number
  readonly cpuMicroseconds: number
  readonly databaseCpuMicroseconds: number
  /** At so many webhooks per second as `--paced` says. */
  readonly pacedP50Ms: number
  readonly pacedP99Ms: number
  readonly scrapeP50Ms: number
  readonly scrapeP99Ms: number
  readonly readyMs: number
  readonly idleMegabytes: number
}

const secret = 'whsec_bench'

await using shared = new AsyncDisposableStack()
const postgres = values.engine === 'postgres' ? await startPostgres(shared) : undefined

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
console.table(
  (
    [
      'perSecond',
      'cpuMicroseconds',
      'databaseCpuMicroseconds',
      'pacedP50Ms',
      'pacedP99Ms',
      'scrapeP50Ms',
      'scrapeP99Ms',
      'readyMs',
      'idleMegabytes',
    ] as const
  ).map(compare),
)

async function measure(
  tree: Tree,
  seed: number,
  requests: number,
  idleSeconds: number,
): Promise<Measurement> {
  await using stack = new AsyncDisposableStack()
  const startedAt = performance.now()
  const service = startService(stack, {
    folder: temporaryFolder(stack),
    entry: join(trees[tree], 'src/start.mjs'),
    nodeArgs: startOptionsOf(trees[tree]),
    environment: {
      STRIPE_SECRET_KEY: 'sk_test_bench',
      STRIPE_WEBHOOK_SECRET: secret,
      STRIPE_API_BASE: 'http://127.0.0.1:9',
      ...(postgres === undefined ? {} : { DATABASE_URL: await createDatabase(postgres.url) }),
    },
  })
  const { apiUrl, metricsUrl } = await mustBeReady(service)
  const readyMs = performance.now() - startedAt
  await wait(idleSeconds * 1_000)
  const pid = pidOf(service)
  const idleMegabytes = residentMegabytes(pid)
  const connections = Number(values.connections)
  const databaseCpu = () => (postgres === undefined ? 0 : databaseCpuSeconds(postgres))
  const load = (count: number, loadSeed: number, perSecond?: number) =>
    prepareLoad(stack, { apiUrl, secret, requests: count, seed: loadSeed, connections, perSecond })
  await (await load(Math.ceil(requests / 6), seed + 500)).send()
  const measured = await load(requests, seed)
  const before = [cpuSeconds(pid), databaseCpu()] as const
  const { seconds } = await measured.send()
  const [cpu, databaseSeconds] = [cpuSeconds(pid) - before[0], databaseCpu() - before[1]]
  const { latencyMs } = await (await load(requests, seed + 1_000, Number(values.paced))).send()
  const scrapes = await scrapeDuring((await load(requests, seed + 1_500)).send(), metricsUrl)
  const scrapeMs = scrapes.map(({ ms }) => ms)
  await service.end('SIGTERM')
  return {
    perSecond: requests / seconds,
    cpuMicroseconds: (cpu / requests) * 1e6,
    databaseCpuMicroseconds: (databaseSeconds / requests) * 1e6,
    pacedP50Ms: latencyMs.p50,
    pacedP99Ms: latencyMs.p99,
    scrapeP50Ms: quantile(scrapeMs, 0.5),
    scrapeP99Ms: quantile(scrapeMs, 0.99),
    readyMs,
    idleMegabytes,
  }
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
