import type { Random } from '../../../support/random.ts'
import { describe } from '../../harness/audit.ts'
import { startLoad } from '../../harness/load.ts'
import {
  currentRelease,
  type Release,
  unpackPreviousRelease,
  writeNextRelease,
} from '../../harness/releases.ts'
import { addReplica, type Fleet, replaceOneByOne } from '../../harness/rolling.ts'
import type { ChaosRun, Scenario } from '../../harness/scenario.ts'
import { createTestBed } from '../../harness/test-bed.ts'

const replicaCount = 3
const scrapeMs = 100

/** Two releases on one ledger at once, there and back, while people buy. */
export const upgrade: Scenario = {
  name: 'upgrade',
  summary:
    'three replicas under load are upgraded one by one and back: from the release before, and to one with a schema more',
  engines: ['postgres'],
  rounds: { small: 1, full: 20 },
  run: async (chaos) => {
    const current = currentRelease()
    const previous = await unpackPreviousRelease(chaos.stack, chaos.folder)
    const next = { from: current, to: writeNextRelease(chaos.folder) }
    const pairs = typeof previous === 'string' ? [next] : [{ from: previous, to: current }, next]
    const ended = await Promise.all(pairs.map((pair) => runPair(chaos, pair, chaos.random.fork())))
    return {
      figures: Object.assign({}, ...ended.map(({ figures }) => figures)),
      violations: ended.flatMap(({ violations }) => violations),
      skipped: typeof previous === 'string' ? [`from the release before (N-1): ${previous}`] : [],
    }
  },
}

interface Pair {
  readonly from: Release
  readonly to: Release
}

async function runPair(chaos: ChaosRun, { from, to }: Pair, random: Random) {
  const bed = await createTestBed(chaos)
  const fleet: Fleet = { bed, replicas: [] }
  const violations: string[] = []
  for (let count = 0; count < replicaCount; count += 1)
    violations.push(...(await addReplica(fleet, from)))
  const campaignId = await bed.createCampaign()
  const watch = bed.scrapes.watch(
    () => fleet.replicas.map(({ metricsUrl }) => metricsUrl),
    scrapeMs,
  )
  const name = `${from.name} to ${to.name}`
  let rounds = 0
  while (rounds < chaos.rounds && violations.length === 0) {
    rounds += 1
    const load = startLoad(bed, { campaignId, random: random.fork(), paymentsAtOnce: 1 })
    const problems = await thereAndBack(fleet, { from, to })
    if (problems.length === 0) {
      await load.stop()
      problems.push(...(await bed.lostSoFar()), ...(await bed.healed(metricsUrls(fleet), 30_000)))
    } else load.abandon()
    violations.push(...problems.map((problem) => `${name}, round ${rounds}: ${problem}`))
  }
  await watch.stop()
  for (const replica of fleet.replicas) await replica.end('SIGTERM')
  const answers = [...bed.balancer.statuses.values()].reduce((sum, count) => sum + count, 0)
  return {
    figures: {
      [`${name}, rounds`]: rounds,
      [`${name}, replicas replaced`]: rounds * 2 * replicaCount,
      [`${name}, answers`]: answers,
      [`${name}, 5xx or no answer`]: bed.balancer.failures.length,
      [`${name}, acknowledged`]: bed.acknowledged.size,
      [`${name}, pages`]: bed.scrapes.pages,
      [`${name}, falls`]: bed.scrapes.falls.length,
    },
    violations,
  }
}

/** Callers try again for ever what fails for ever, so it ends with the first failure. */
async function thereAndBack(fleet: Fleet, { from, to }: Pair): Promise<string[]> {
  for (const release of [to, from]) {
    const problems = [
      ...(await replaceOneByOne(fleet, release)),
      ...describe('requests failed', fleet.bed.balancer.failures),
    ]
    if (problems.length > 0) return problems
  }
  return []
}

function metricsUrls({ replicas }: Fleet): readonly string[] {
  return replicas.map(({ metricsUrl }) => metricsUrl)
}
