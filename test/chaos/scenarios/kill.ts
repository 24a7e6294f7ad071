import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../support/random.ts'
import { until } from '../../support/until.ts'
import { inLanes } from '../harness/in-lanes.ts'
import { startLoad } from '../harness/load.ts'
import type { ChaosRun, Outcome, Scenario } from '../harness/scenario.ts'
import { createTestBed, type TestBed } from '../harness/test-bed.ts'

const lanesMax = 2
const ackMax = 25
const startKillMsMax = 600

/** `kill -9` at random points, while webhooks, checkouts and posts are under way. */
export const kill: Scenario = {
  name: 'kill',
  summary: 'the service is killed at random points under load',
  engines: ['sqlite', 'postgres'],
  rounds: { small: 2, full: 200 },
  run: async (chaos) => {
    const lanes = Math.min(lanesMax, Math.ceil(chaos.rounds / 4))
    const shares = Array.from({ length: lanes }, (_, lane) =>
      Math.ceil((chaos.rounds - lane) / lanes),
    )
    const ended = await inLanes(lanes, (lane) =>
      runLane(chaos, shares[lane] ?? 0, chaos.random.fork()),
    )
    const sum = (name: keyof LaneFigures) =>
      ended.reduce((all, { figures }) => all + figures[name], 0)
    const needed = ['payments', 'checkouts', 'posts', 'pages'] as const
    const idle = needed.filter((name) => sum(name) === 0)
    return {
      figures: {
        kills: sum('kills'),
        'of them during the start': sum('killsAtStart'),
        acknowledged: sum('acknowledged'),
        payments: sum('payments'),
        checkouts: sum('checkouts'),
        posts: sum('posts'),
        pages: sum('pages'),
      },
      violations: [
        ...ended.flatMap(({ violations }) => violations),
        ...idle.map((name) => `no ${name}, so nothing was under way`),
      ],
    }
  },
}

type LaneFigures = Readonly<
  Record<
    'kills' | 'killsAtStart' | 'acknowledged' | 'payments' | 'checkouts' | 'posts' | 'pages',
    number
  >
>

async function runLane(
  chaos: ChaosRun,
  rounds: number,
  random: Random,
): Promise<Outcome & { readonly figures: LaneFigures }> {
  const bed = await createTestBed(chaos)
  const violations: string[] = []
  let service = await bed.startAlone()
  const campaignId = await bed.createCampaign()
  const watch = bed.scrapes.watch(() => (service.isAlive() ? [service.metricsUrl] : []), 20)
  const load = startLoad(bed, { campaignId, random: random.fork(), paymentsAtOnce: 1 })
  let killsAtStart = 0

  for (let round = 1; round <= rounds; round += 1) {
    if (random.chance(0.2)) {
      await service.end('SIGKILL')
      const early = bed.start()
      await Promise.race([early.ready, sleep(random.integer(50, startKillMsMax))])
      await early.end('SIGKILL')
      killsAtStart += 1
    } else {
      await someWork(bed, random)
      await service.end('SIGKILL')
    }
    violations.push(...(await bed.lostByKill()))
    service = await bed.startAlone()
    await bed.stripe.hurry()
    if (violations.length > 0) break
  }

  await load.stop()
  await watch.stop()
  violations.push(...(await bed.rest([service.metricsUrl])))
  const exitCode = await service.end('SIGTERM')
  if (exitCode !== 0) violations.push(`a stop ended with ${exitCode}: ${service.errorText()}`)
  return {
    figures: {
      kills: rounds,
      killsAtStart,
      acknowledged: bed.acknowledged.size,
      payments: load.payments,
      checkouts: load.checkouts,
      posts: load.posts,
      pages: bed.scrapes.pages,
    },
    violations,
  }
}

/** Lets a random number of things be acknowledged, then a random part of a commit's time pass. */
async function someWork(bed: TestBed, random: Random): Promise<void> {
  const wanted = bed.acknowledged.size + random.integer(1, ackMax)
  await until('something to be acknowledged', () => bed.acknowledged.size >= wanted)
  await sleep(random.next() * 15)
}
