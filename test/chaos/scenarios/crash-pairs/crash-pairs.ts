import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../../../../src/database/engine.ts'
import { inLanes } from '../../harness/in-lanes.ts'
import { startLoad } from '../../harness/load.ts'
import type { ChaosRun, Outcome, Scenario } from '../../harness/scenario.ts'
import { createTestBed, type TestBed } from '../../harness/test-bed.ts'

/** Where a service can be ended by `crash-points.mjs`, on every run through start and work. */
const everywhere = [
  'restore after',
  'begin after',
  'facts before',
  'facts after',
  'commit before',
  'commit after',
  'answer before',
  'answer after',
  'stripe after',
  'claim after',
  'channel after',
]

/** What happens once in a ledger's life. */
const atCreation = ['migrate before', 'migrate after', 'identity before', 'identity after']

/** On SQLite a commit is several statements, and a file has to be locked. */
export const pointsOf = {
  sqlite: { points: [...everywhere, 'totals after'], creations: ['lock after', ...atCreation] },
  postgres: { points: everywhere, creations: atCreation },
} as const satisfies Record<Engine, object>

const fullRounds = pointsOf.sqlite.points.length ** 2
const preload = new URL('crash-points.mjs', import.meta.url).href
const lanesMax = 2
const deathMsMax = 120_000
const passingsMax = 2

interface Pair {
  readonly first: string
  readonly second: string
}

function pairsOf(names: readonly string[]): readonly Pair[] {
  return names.flatMap((first) => names.map((second) => ({ first, second })))
}

/** A crash at one named point, and another during the recovery from it. */
export const crashPairs: Scenario = {
  name: 'crash-pairs',
  summary: 'a crash at a named point, then another during the recovery: all ordered pairs',
  engines: ['sqlite', 'postgres'],
  rounds: { small: 2, full: fullRounds },
  run: async (chaos) => {
    const { points, creations: creationPoints } = pointsOf[chaos.engine]
    const pairs = chaos.random.shuffle(pairsOf(points)).slice(0, chaos.rounds)
    const share = Math.min(1, chaos.rounds / points.length ** 2)
    const creations = chaos.random
      .shuffle(pairsOf(creationPoints))
      .slice(0, Math.floor(share * creationPoints.length ** 2))
    const lanes = Math.min(lanesMax, Math.ceil(pairs.length / 4))
    const ended = await inLanes(lanes, async (lane) => {
      const mine = <T>(all: readonly T[]) => all.filter((_one, at) => at % lanes === lane)
      const violations = [...(await runPairs(chaos, mine(pairs)))]
      for (const pair of mine(creations)) violations.push(...(await runCreation(chaos, pair)))
      return violations
    })
    const violations = ended.flat()
    return { figures: { pairs: pairs.length, 'pairs at creation': creations.length }, violations }
  },
}

const pairsPerRest = 12

/** One ledger for all pairs of a lane: what one pair left is the next one's ground. */
async function runPairs(chaos: ChaosRun, pairs: readonly Pair[]): Promise<Outcome['violations']> {
  const bed = await createTestBed(chaos)
  const random = chaos.random.fork()
  let service = await bed.startAlone()
  const campaignId = await bed.createCampaign()
  const violations: string[] = []

  for (let done = 0; done < pairs.length && violations.length === 0; done += pairsPerRest) {
    const load = startLoad(bed, { campaignId, random: random.fork(), paymentsAtOnce: 1 })
    await service.end('SIGKILL')
    for (const { first, second } of pairs.slice(done, done + pairsPerRest))
      for (const point of [first, second])
        violations.push(
          ...(await crashAt(bed, point, random.integer(1, passingsMax))).map(
            (violation) => `${first}, then ${second}: ${violation}`,
          ),
        )
    service = await bed.startAlone()
    await bed.stripe.hurry()
    await load.stop()
    violations.push(...(await bed.rest([service.metricsUrl])))
  }
  await service.end('SIGTERM')
  return violations
}

/** A ledger that is being created at the first crash, and again at the second. */
async function runCreation(
  chaos: ChaosRun,
  { first, second }: Pair,
): Promise<Outcome['violations']> {
  const bed = await createTestBed(chaos)
  const violations: string[] = []
  for (const point of [first, second]) {
    const service = startCrashing(bed, point, 1)
    const ready = await Promise.race([service.exited.then(() => false), service.ready])
    if (ready && point === first)
      violations.push(`${point} was not reached while a ledger was created`)
    await service.end('SIGKILL')
  }
  const service = await bed.startAlone()
  await bed.stripe.pay('success', 3)
  violations.push(...(await bed.rest([service.metricsUrl])))
  await service.end('SIGTERM')
  return violations.map((violation) => `${first}, then ${second}: ${violation}`)
}

function startCrashing(bed: TestBed, point: string, passing: number) {
  return bed.start({
    nodeArgs: ['--import', preload],
    environment: { CRASH_AT: `${point}:${passing}` },
  })
}

/** Lets the service work until it comes by the point; answers what was lost by that. */
async function crashAt(bed: TestBed, point: string, passing: number): Promise<readonly string[]> {
  const service = startCrashing(bed, point, passing)
  void service.exited.then(() => bed.balancer.setTargets([]))
  void service.ready.then(async (addresses) => {
    if (addresses === undefined) return
    bed.balancer.setTargets([addresses.apiUrl])
    await bed.stripe.hurry()
  })
  const gaveUp = new AbortController()
  const died = await Promise.race([
    service.exited.then(() => true),
    sleep(deathMsMax, false, { signal: gaveUp.signal }),
  ])
  gaveUp.abort()
  if (died) return bed.lostByKill()
  await service.end('SIGKILL')
  return [`the point "${point}" was not reached within ${deathMsMax / 1000} s`]
}
