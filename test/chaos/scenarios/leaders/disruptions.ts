import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../../support/fetch-once.ts'
import type { Random } from '../../../support/random.ts'
import type { TcpProxy } from '../../../support/tcp-proxy.ts'
import { until } from '../../../support/until.ts'
import type { ReadyService, TestBed } from '../../harness/test-bed.ts'
import type { LeaderWatch } from './leader-watch.ts'

/** By then another replica has become the leader after a loss, or after a stop. */
export const afterKillMsMax = 15_000
const afterStopMsMax = 2_000

export interface Replica {
  readonly service: ReadyService
  readonly proxy: TcpProxy
}

export interface Stage {
  readonly bed: TestBed
  readonly watch: LeaderWatch
  readonly random: Random
  readonly latenciesMs: { kill: number; stop: number }
  /** Rounds in which a page was under way when the leader was killed. */
  readonly cut: { pages: number }
}

/** Disrupts the leader. Answers how the promise was broken. */
type Disruption = (stage: Stage, leader: Replica) => Promise<readonly string[]>

/** Resolves with the time until another replica led; undefined when none did in time. */
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

/** By name, each round one. */
export const disruptions: Readonly<Record<string, Disruption>> = {
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
