import type { Random } from '../../../support/random.ts'
import { withoutInstance } from '../../../support/read-series.ts'
import { until } from '../../../support/until.ts'
import { inLanes } from '../../harness/in-lanes.ts'
import type { ChaosRun, Scenario } from '../../harness/scenario.ts'
import {
  allTime,
  business,
  hasPrometheus,
  type ScrapingPrometheus,
  startScraping,
} from '../../harness/scraping.ts'
import { createTestBed, type ReadyService, type TestBed } from '../../harness/test-bed.ts'
import { compareIncrease } from './compare-increase.ts'

const lanesMax = 4
const replicasMax = 4
const seriesCount = 7
const restMsMax = 45_000

interface Fleet {
  readonly bed: TestBed
  readonly prometheus: ScrapingPrometheus
  readonly random: Random
  replicas: readonly ReadyService[]
}

type Change = (fleet: Fleet) => Promise<void>

async function add(fleet: Parameters<Change>[0]): Promise<void> {
  fleet.replicas = [...fleet.replicas, await fleet.bed.startReady()]
}

async function remove(fleet: Fleet, signal: 'SIGKILL' | 'SIGTERM', one: ReadyService) {
  fleet.replicas = fleet.replicas.filter((replica) => replica !== one)
  await one.end(signal)
}

/** The one whose page has the business series. */
async function leaderOf({ bed, replicas }: Fleet): Promise<ReadyService | undefined> {
  for (const replica of replicas)
    if (((await bed.scrapes.read(replica.metricsUrl))?.size ?? 0) > 0) return replica
  return undefined
}

const changes: Readonly<Record<string, Change>> = {
  'leader killed': async (fleet) => {
    const leader = await leaderOf(fleet)
    if (leader !== undefined) await remove(fleet, 'SIGKILL', leader)
    await add(fleet)
  },
  'replica killed': async (fleet) => {
    const [one] = fleet.random.shuffle(fleet.replicas)
    if (one !== undefined) await remove(fleet, 'SIGKILL', one)
    await add(fleet)
  },
  'replaced at a new address': async (fleet) => {
    await add(fleet)
    const leader = (await leaderOf(fleet)) ?? fleet.replicas[0]
    if (leader !== undefined) await remove(fleet, 'SIGTERM', leader)
  },
  'scaled up': async (fleet) => {
    if (fleet.replicas.length < replicasMax) await add(fleet)
  },
  'scaled down': async (fleet) => {
    const [one] = fleet.random.shuffle(fleet.replicas)
    if (fleet.replicas.length > 1 && one !== undefined) await remove(fleet, 'SIGTERM', one)
  },
}

/** What a real Prometheus holds of a ledger whose replicas come and go. */
export const prometheus: Scenario = {
  name: 'prometheus',
  summary: 'a real Prometheus scrapes replicas that are killed, replaced, scaled up and down',
  engines: ['postgres'],
  rounds: { small: 2, full: 50 },
  missing: () =>
    hasPrometheus() ? undefined : 'prometheus is not here: apt-get install prometheus',
  run: async (chaos) => {
    const names = Object.keys(changes)
    const small = chaos.rounds < names.length
    const wanted = chaos.random.shuffle(
      Array.from(
        { length: chaos.rounds },
        (_, at) => names[(small ? at + 2 : at) % names.length] ?? '',
      ),
    )
    const lanes = Math.min(lanesMax, Math.ceil(wanted.length / 3))
    const ended = await inLanes(lanes, (lane) =>
      runLane(
        chaos,
        wanted.filter((_name, at) => at % lanes === lane),
        chaos.random.fork(),
      ),
    )
    const counts = names.map((name) => [name, wanted.filter((one) => one === name).length] as const)
    return {
      figures: {
        ...Object.fromEntries(counts),
        samples: ended.reduce((sum, { samples }) => sum + samples, 0),
        facts: ended.reduce((sum, { facts }) => sum + facts, 0),
      },
      violations: ended.flatMap(({ violations }) => violations),
    }
  },
}

async function runLane(chaos: ChaosRun, wanted: readonly string[], random: Random) {
  const bed = await createTestBed(chaos)
  const server = await startScraping(chaos.stack, bed.folder)
  const fleet: Fleet = { bed, prometheus: server, random, replicas: [] }
  const meet = (): void => {
    bed.balancer.setTargets(fleet.replicas.map(({ apiUrl }) => apiUrl))
    server.setTargets(fleet.replicas.map(({ metricsUrl }) => metricsUrl))
  }
  await add(fleet)
  await add(fleet)
  meet()
  await until('the first samples', async () => (await server.query(business)).size === seriesCount)
  const violations: string[] = []

  for (const [at, name] of wanted.entries()) {
    const outcome = random.pick(['success', 'failed', 'refunded'] as const)
    await bed.stripe.pay(outcome, random.integer(1, 20))
    await changes[name]?.(fleet)
    meet()
    await bed.stripe.pay('success', random.integer(1, 20))
    const broken = await atRest(fleet)
    violations.push(...broken.map((violation) => `round ${at + 1}, ${name}: ${violation}`))
    if (violations.length > 0) break
  }
  const samples = await server.samples(`${business}${allTime}`)
  const { facts } = await bed.place.readBooks()
  for (const replica of fleet.replicas) await replica.end('SIGTERM')
  const sampleCount = [...samples.values()].reduce((sum, { length }) => sum + length, 0)
  return { violations, samples: sampleCount, facts: facts.length }
}

/** The same integers everywhere, Prometheus included. */
async function atRest(fleet: Fleet): Promise<readonly string[]> {
  const { bed, prometheus: server } = fleet
  const urls = fleet.replicas.map(({ metricsUrl }) => metricsUrl)
  const broken = await bed.healed(urls, restMsMax)
  if (broken.length > 0) return broken
  const { totals } = await bed.place.readBooks()
  const held = async () => withoutInstance(await server.query(business))
  const isUpToDate = async () => {
    const values = await held()
    return (
      values.size === seriesCount &&
      [...values].every(([series, value]) => value === (totals.get(series) ?? 0))
    )
  }
  await until('Prometheus to hold the totals', isUpToDate, restMsMax).catch(() => undefined)
  const violations: string[] = []
  if (!(await isUpToDate()))
    violations.push(
      `Prometheus holds ${JSON.stringify([...(await held())])}, the ledger ${JSON.stringify([...totals])}`,
    )
  const ever = await server.everySeries(business)
  if (ever.length !== seriesCount) violations.push(`${ever.length} series: ${ever.join(', ')}`)
  for (const [series, resets] of await server.query(`resets(${business}${allTime})`))
    if (resets !== 0) violations.push(`${series} was reset ${resets} times`)
  return [...violations, ...(await compareIncrease(server, totals))]
}
