import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../../support/fetch-once.ts'
import type { Random } from '../../../support/random.ts'
import { startTcpProxy, type TcpProxy } from '../../../support/tcp-proxy.ts'
import { until } from '../../../support/until.ts'
import { createCallers } from '../../harness/callers.ts'
import { inLanes } from '../../harness/in-lanes.ts'
import type { ChaosRun, Scenario } from '../../harness/scenario.ts'
import { createTestBed, type ReadyService, type TestBed } from '../../harness/test-bed.ts'
import { type LeaderWatch, watchLeaders } from './leader-watch.ts'

const replicaCount = 3
const lanesMax = 4
const minuteMs = 60_000
const afterKillMsMax = 15_000
const afterStopMsMax = 2_000
const preload = new URL('clock-step.mjs', import.meta.url).href

interface Replica {
  readonly service: ReadyService
  readonly proxy: TcpProxy
}

interface Stage {
  readonly bed: TestBed
  readonly watch: LeaderWatch
  readonly random: Random
  readonly latenciesMs: { kill: number; stop: number }
  /** SyncJobs in which a page was under way when the leader was killed. */
  readonly cut: { pages: number }
}

/** What befalls the leader. Answers how the promise was broken. */
type Blow = (stage: Stage, leader: Replica) => Promise<readonly string[]>

/** Resolves with the time until another replica spoke; undefined when none did in time. */
async function successorAfter(
  { watch }: Stage,
  { service }: Replica,
  since: number,
  timeoutMs: number,
): Promise<number | undefined> {
  const found = () => watch.otherSince(service.metricsUrl, since)
  await until('another leader', () => found() !== undefined, timeoutMs).catch(() => undefined)
  const at = found()
  return at === undefined || at - since > timeoutMs ? undefined : at - since
}

async function mustSucceed(stage: Stage, leader: Replica, since: number, what: string) {
  const tookMs = await successorAfter(stage, leader, since, afterKillMsMax)
  if (tookMs === undefined) return [`no new leader within 15 s: the leader was ${what}`]
  stage.latenciesMs.kill = Math.max(stage.latenciesMs.kill, tookMs)
  return []
}

const blows: Readonly<Record<string, Blow>> = {
  killed: async (stage, leader) => {
    const since = performance.now()
    await leader.service.end('SIGKILL')
    return mustSucceed(stage, leader, since, 'killed')
  },
  'killed in a scrape': async (stage, leader) => {
    const readers = Promise.all([readUntilCut(leader), readUntilCut(leader)])
    await sleep(50 + stage.random.next() * 8)
    const since = performance.now()
    leader.service.signal('SIGKILL')
    if ((await readers).some((wasUnderWay) => wasUnderWay)) stage.cut.pages += 1
    return mustSucceed(stage, leader, since, 'killed in the middle of a scrape')
  },
  stopped: async (stage, leader) => {
    stage.watch.leaves(leader.service.metricsUrl)
    const exitCode = await leader.service.end('SIGTERM')
    const since = performance.now()
    const tookMs = await successorAfter(stage, leader, since, afterStopMsMax)
    stage.latenciesMs.stop = Math.max(stage.latenciesMs.stop, tookMs ?? 0)
    return [
      ...(exitCode === 0 ? [] : [`a stop ended with ${exitCode}`]),
      ...(tookMs === undefined ? ['no new leader within 2 s of a stop'] : []),
    ]
  },
  frozen: async (stage, leader) => {
    const page = stage.watch.read(leader.service.metricsUrl)
    await sleep(stage.random.next() * 8)
    const since = performance.now()
    leader.service.signal('SIGSTOP')
    const broken = await mustSucceed(stage, leader, since, 'frozen')
    await sleep(stage.random.integer(0, 3_000))
    leader.service.signal('SIGCONT')
    await page
    await sleep(500)
    return broken
  },
  'cut off': async (stage, leader) => {
    const since = performance.now()
    if (stage.random.chance(0.5)) leader.proxy.cut()
    else leader.proxy.swallow()
    const broken = await mustSucceed(stage, leader, since, 'cut off from the database')
    await sleep(stage.random.integer(0, 3_000))
    leader.proxy.mend()
    return broken
  },
  'clock stepped': async (stage, leader) => {
    for (let steps = stage.random.integer(1, 4); steps > 0; steps -= 1) {
      leader.service.signal('SIGUSR2')
      await sleep(stage.random.integer(100, 600))
    }
    const since = performance.now()
    return until(
      'a page after a clock step',
      () => stage.watch.leader(since) !== undefined,
      afterKillMsMax,
    ).then(
      () => [],
      (cause: unknown) => [String(cause)],
    )
  },
}

/** Reads page after page until one breaks; answers whether its connection had been made by then. */
async function readUntilCut({ service }: Replica): Promise<boolean> {
  for (;;) {
    try {
      const answer = await fetchOnce(service.metricsUrl)
      await answer.text()
    } catch (cause) {
      return !/ECONNREFUSED/.test(describeCause(cause))
    }
  }
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? `${cause.message} ${describeCause(cause.cause)}` : String(cause)
}

/** One ledger, three replicas, one leader: whatever befalls it, one speaks, and none lies. */
export const leaders: Scenario = {
  name: 'leaders',
  summary:
    'the leader frozen past its lease, cut off, killed in a scrape, stopped, its clock stepped',
  engines: ['postgres'],
  rounds: { small: 2, full: 100 },
  run: async (chaos) => {
    const names = Object.keys(blows)
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
    const speaks = () => replicas.get(watch.leader(since) ?? '')
    await until('a leader', () => speaks()?.service.isAlive() === true, afterKillMsMax)
    const leader = speaks()
    const broken = leader === undefined ? ['nobody spoke'] : await blows[name]?.(stage, leader)
    const told = [...(broken ?? []), ...watch.overlaps, ...bed.scrapes.falls]
    violations.push(...told.map((violation) => `round ${at + 1}, ${name}: ${violation}`))
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
