import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../../support/random.ts'
import { startTcpProxy } from '../../../support/tcp-proxy.ts'
import { until } from '../../../support/until.ts'
import { createCallers } from '../../harness/callers.ts'
import { inLanes } from '../../harness/in-lanes.ts'
import type { ChaosRun, Scenario } from '../../harness/scenario.ts'
import { createTestBed } from '../../harness/test-bed.ts'
import { afterKillMsMax, disruptions, type Replica, type Stage } from './disruptions.ts'
import { watchLeaders } from './leader-watch.ts'

const replicaCount = 3
const lanesMax = 4
const minuteMs = 60_000
const preload = new URL('clock-step.mjs', import.meta.url).href

/** One ledger, three replicas, one leader: whatever happens to it, one exposes the series, and correctly. */
export const leaders: Scenario = {
  name: 'leaders',
  summary:
    'the leader is frozen past its lease, cut off, killed in a scrape, stopped, its clock stepped',
  engines: ['postgres'],
  isTimed: true,
  rounds: { small: 2, full: 100 },
  run: async (chaos) => {
    const names = Object.keys(disruptions)
    const all = Array.from({ length: chaos.rounds }, (_, at) => names[at % names.length] ?? '')
    const small = chaos.rounds < names.length
    const wanted = small
      ? ['stopped', 'clock stepped'].slice(0, chaos.rounds)
      : chaos.random.shuffle(all)
    const lanes = Math.min(lanesMax, Math.ceil(wanted.length / 3))
    const ended = await inLanes(lanes, (lane) =>
      runLane(
        chaos,
        wanted.filter((_name, at) => at % lanes === lane),
        chaos.random.fork(),
      ),
    )
    const worst = (name: 'kill' | 'stop') =>
      `${(Math.max(...ended.map(({ latenciesMs }) => latenciesMs[name])) / 1000).toFixed(1)} s`
    const cut = ended.reduce((sum, lane) => sum + lane.cut, 0)
    const isCut = cut > 0 || !wanted.includes('killed in a scrape')
    const counts = names.map((name) => [name, wanted.filter((one) => one === name).length] as const)
    return {
      figures: {
        ...Object.fromEntries(counts),
        'pages cut': cut,
        'new leader after a loss, at worst': worst('kill'),
        'after a stop': worst('stop'),
        pages: ended.reduce((sum, { pages }) => sum + pages, 0),
      },
      violations: [
        ...ended.flatMap(({ violations }) => violations),
        ...(isCut ? [] : ['no page was under way when its leader was killed']),
      ],
    }
  },
}

async function runLane(chaos: ChaosRun, wanted: readonly string[], random: Random) {
  const bed = await createTestBed(chaos)
  const replicas = new Map<string, Replica>()
  const watch = watchLeaders(bed.scrapes, () => [...replicas.keys()])
  const fillUp = async (): Promise<void> => {
    for (const [url, { service }] of replicas) if (!service.isAlive()) replicas.delete(url)
    while (replicas.size < replicaCount) {
      const proxy = await startTcpProxy(chaos.stack, bed.place.url)
      const service = await bed.startReady({
        nodeArgs: ['--import', preload],
        environment: {
          DATABASE_URL: proxy.url,
          CLOCK_STEPS_MS: [minuteMs, -minuteMs, 60 * minuteMs, -60 * minuteMs, 0].join(','),
        },
      })
      watch.arrives(service.metricsUrl)
      replicas.set(service.metricsUrl, { service, proxy })
    }
    bed.balancer.setTargets([...replicas.values()].map(({ service }) => service.apiUrl))
  }
  await fillUp()
  const callers = createCallers(bed)
  const stage: Stage = {
    bed,
    watch,
    random,
    latenciesMs: { kill: 0, stop: 0 },
    cut: { pages: 0 },
  }
  const violations: string[] = []
  let working = true
  const work = (async () => {
    while (working) {
      await bed.stripe.pay(random.pick(['success', 'failed', 'refunded'] as const), 1)
      await sleep(300)
    }
  })()
  work.catch(() => undefined)

  for (const [at, name] of wanted.entries()) {
    await fillUp()
    const since = performance.now()
    const findLeader = () => replicas.get(watch.leader(since) ?? '')
    await until('a leader', () => findLeader()?.service.isAlive() === true, afterKillMsMax)
    const leader = findLeader()
    const broken =
      leader === undefined ? ['no replica led'] : await disruptions[name]?.(stage, leader)
    const all = [...(broken ?? []), ...watch.overlaps, ...bed.scrapes.falls]
    violations.push(...all.map((violation) => `round ${at + 1}, ${name}: ${violation}`))
    if (violations.length > 0) break
  }
  working = false
  await work
  await callers.checkout('starter')
  await fillUp()
  await watch.stop()
  const urls = [...replicas.keys()]
  violations.push(...watch.overlaps, ...(await bed.healed(urls, 30_000)))
  for (const { service } of replicas.values()) await service.end('SIGTERM')
  return {
    violations,
    latenciesMs: stage.latenciesMs,
    cut: stage.cut.pages,
    pages: bed.scrapes.pages,
  }
}
