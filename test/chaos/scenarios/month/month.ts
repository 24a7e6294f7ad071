import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from '../../harness/audit.ts'
import { sqlitePlace } from '../../harness/ledger-place.ts'
import { placeAt } from '../../harness/postgres.ts'
import { currentRelease, writeNextRelease } from '../../harness/releases.ts'
import { addReplica, replaceOneByOne } from '../../harness/rolling.ts'
import type { ChaosRun, Scenario } from '../../harness/scenario.ts'
import { allTime, business, hasPrometheus, startScraping } from '../../harness/scraping.ts'
import { createTestBed } from '../../harness/test-bed.ts'
import { openDatabaseNodes } from './database-nodes.ts'
import { exportMonth, runOn } from './export-month.ts'
import { compareMoney } from './money.ts'
import { describeIntegers, type Month, readSources, type SourceName, tellApart } from './sources.ts'
import { payLater, post, refundAndFail, sell, whileSelling } from './trade.ts'

const replicaCount = 3

interface Step {
  readonly name: string
  /** Answers what went wrong. */
  readonly take: (month: Month) => Promise<readonly string[]>
}

/** The life of an installation, in the order in which its owner meets it. */
const steps: readonly Step[] = [
  { name: 'sold by card, all plans', take: sell },
  { name: 'paid by bank debit', take: payLater },
  { name: 'posted', take: post },
  { name: 'refunded and failed', take: refundAndFail },
  { name: 'moved to PostgreSQL', take: moveToPostgres },
  { name: 'grown to three replicas', take: grow },
  { name: 'upgraded one by one', take: upgradeReplicas },
  { name: 'lost a database node', take: loseDatabaseNode },
  { name: 'exported', take: exportAll },
]

/** From the first start to the export of the month, with every number held against every other at each step. */
export const month: Scenario = {
  name: 'month',
  summary:
    'a shop sells, posts and refunds on SQLite, moves to PostgreSQL, grows, upgrades, loses a database node, exports its month',
  engines: ['postgres'],
  rounds: { small: 1, full: 10 },
  missing: () =>
    hasPrometheus() ? undefined : 'prometheus is not here: apt-get install prometheus',
  run: async (chaos) => {
    const opened = await openMonth(chaos)
    const figures: Record<string, string | number> = {}
    const violations: string[] = []
    for (const { name, take } of steps) {
      // What goes on after a step that failed would only say so again.
      const failed = await take(opened)
      const problems = failed.length > 0 ? failed : await sameEverywhere(opened)
      violations.push(...problems.map((problem) => `${name}: ${problem}`))
      if (violations.length > 0) break
      const integers = describeIntegers(await readSources(opened))
      figures[name] = integers
      process.stdout.write(`month: ${name.padEnd(24)} ${integers}\n`)
    }
    for (const [series, resets] of await opened.prometheus.query(`resets(${business}${allTime})`))
      if (resets !== 0) violations.push(`${series} was reset ${resets} times`)
    figures['database node'] = opened.nodes.kind
    figures['series in Prometheus'] = (await opened.prometheus.everySeries(business)).length
    for (const replica of opened.fleet.replicas) await replica.end('SIGTERM')
    return { figures, violations }
  },
}

async function openMonth(chaos: ChaosRun): Promise<Month> {
  const folder = join(chaos.folder, 'month')
  mkdirSync(folder)
  const place = sqlitePlace(folder)
  const bed = await createTestBed(chaos, { place })
  const prometheus = await startScraping(chaos.stack, folder)
  const fleet = {
    bed,
    replicas: [],
    environment: {},
    onChange: (replicas: readonly { readonly metricsUrl: string }[]) =>
      prometheus.setTargets(replicas.map(({ metricsUrl }) => metricsUrl)),
  }
  const opened: Month = {
    chaos,
    bed,
    prometheus,
    fleet,
    place,
    nodes: await openDatabaseNodes(chaos),
    campaignId: '',
  }
  const problems = await addReplica(fleet, currentRelease())
  if (problems.length > 0) throw new Error(problems.join('; '))
  opened.campaignId = await bed.createCampaign()
  return opened
}

async function moveToPostgres(opened: Month): Promise<readonly string[]> {
  const { fleet, nodes, bed, chaos } = opened
  const [alone] = fleet.replicas
  bed.balancer.setTargets([])
  const exitCode = await alone?.end('SIGTERM')
  if (exitCode !== 0) return [`the service on SQLite ended with ${exitCode}`]
  fleet.replicas = []
  const moved = await runOn(opened, ['move-ledger', '--to', nodes.url])
  if (moved.exitCode !== 0)
    return [`"npm run move-ledger" ended with ${moved.exitCode}: ${moved.text}`]
  const sealed = await bed.start({ environment: { DATABASE_URL: opened.place.url } }).exited
  opened.place = placeAt(nodes.url)
  fleet.environment = { DATABASE_URL: nodes.url }
  const problems = await addReplica(fleet, currentRelease())
  await whileSelling(opened, chaos.random.fork(), async () => [])
  return [...(sealed === 1 ? [] : [`the file that was left started again: ${sealed}`]), ...problems]
}

async function grow(opened: Month): Promise<readonly string[]> {
  const { fleet, chaos } = opened
  return whileSelling(opened, chaos.random.fork(), async () => {
    const problems: string[] = []
    while (fleet.replicas.length < replicaCount)
      problems.push(...(await addReplica(fleet, currentRelease())))
    return problems
  })
}

async function upgradeReplicas(opened: Month): Promise<readonly string[]> {
  const { fleet, chaos, bed } = opened
  const next = writeNextRelease(chaos.folder)
  const failed = bed.balancer.failures.length
  return whileSelling(opened, chaos.random.fork(), async () => [
    ...(await replaceOneByOne(fleet, next)),
    ...describe('requests failed', bed.balancer.failures.slice(failed)),
  ])
}

async function loseDatabaseNode(opened: Month): Promise<readonly string[]> {
  const { chaos, nodes, bed } = opened
  await whileSelling(opened, chaos.random.fork(), async () => {
    await nodes.lose()
    return []
  })
  return bed.balancer.failures.length === 0 ? ['no request met the loss of the database'] : []
}

async function exportAll(opened: Month): Promise<readonly string[]> {
  const csv = await exportMonth(opened, 'csv')
  const lines = await exportMonth(opened, 'jsonl')
  const isSame = csv.length === lines.length && csv.every(({ key }, at) => key === lines[at]?.key)
  return [
    ...(isSame ? [] : [`${csv.length} facts as CSV and ${lines.length} as lines of JSON`]),
    ...(await compareMoney(opened, csv)),
  ]
}

const restMsMax = 90_000

/** Waits until every source holds the same integers; answers how they differ after that. */
async function sameEverywhere(opened: Month): Promise<readonly string[]> {
  const deadline = performance.now() + restMsMax
  for (;;) {
    await opened.bed.stripe.drained()
    const sources: Readonly<Record<SourceName, ReadonlyMap<string, number>>> =
      await readSources(opened)
    const differences = tellApart(sources)
    if (differences.length === 0 || performance.now() > deadline) return differences
  }
}
