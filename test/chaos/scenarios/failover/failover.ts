import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../../support/fetch-once.ts'
import { type PatroniCluster, startPatroni } from '../../../support/patroni/cluster.ts'
import { missingForPatroni } from '../../../support/patroni/programs.ts'
import type { Random } from '../../../support/random.ts'
import { until } from '../../../support/until.ts'
import { acknowledgeMore } from '../../harness/acknowledge-more.ts'
import { startLoad } from '../../harness/load.ts'
import { placeAt } from '../../harness/postgres.ts'
import type { Scenario } from '../../harness/scenario.ts'
import { createTestBed, type ReadyService, type TestBed } from '../../harness/test-bed.ts'
import { failures } from './failures.ts'
import { type WriteWatch, watchWrites } from './write-watch.ts'

const replicaCount = 3
/** By then something is acknowledged again, counted from the first write that the new primary accepted. */
const recordingMsMax = 15_000

interface Site {
  readonly cluster: PatroniCluster
  readonly bed: TestBed
  readonly replicas: readonly ReadyService[]
  readonly writes: WriteWatch
  readonly campaignId: string
  readonly worstMs: { writable: number; recording: number }
}

/** A highly available PostgreSQL whose primary is killed, paused, switched over, and comes back. */
export const failover: Scenario = {
  name: 'failover',
  summary: 'three replicas on PostgreSQL under Patroni, whose primary fails over again and again',
  engines: ['postgres'],
  isTimed: true,
  rounds: { small: 0, full: 20 },
  missing: missingForPatroni,
  run: async (chaos) => {
    const { random, rounds, stack } = chaos
    const cluster = await startPatroni(stack)
    const bed = await createTestBed(chaos, { place: placeAt(cluster.url) })
    const replicas = await Promise.all(Array.from({ length: replicaCount }, () => bed.startReady()))
    bed.balancer.setTargets(replicas.map(({ apiUrl }) => apiUrl))
    const site: Site = {
      cluster,
      bed,
      replicas,
      writes: await watchWrites(cluster.url),
      campaignId: await bed.createCampaign(),
      worstMs: { writable: 0, recording: 0 },
    }
    const watch = bed.scrapes.watch(() => replicas.map(({ metricsUrl }) => metricsUrl), 100)
    const names = Object.keys(failures)
    const wanted = Array.from({ length: rounds }, (_, at) => names[at % names.length] ?? '')
    const violations: string[] = []
    for (const [at, name] of wanted.entries()) {
      const broken = await failUnderLoad(site, name, random)
      violations.push(...broken.map((violation) => `round ${at + 1}, ${name}: ${violation}`))
      if (violations.length > 0) break
    }
    await watch.stop()
    for (const replica of replicas) await replica.end('SIGTERM')
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
    return {
      figures: {
        ...Object.fromEntries(
          names.map((name) => [name, wanted.filter((one) => one === name).length]),
        ),
        'writable again, at worst': seconds(site.worstMs.writable),
        'recording after that': seconds(site.worstMs.recording),
        acknowledged: bed.acknowledged.size,
        pages: bed.scrapes.pages,
      },
      violations,
    }
  },
}

async function failUnderLoad(
  { cluster, bed, replicas, writes, campaignId, worstMs }: Site,
  name: string,
  random: Random,
): Promise<readonly string[]> {
  const failure = failures[name]
  if (failure === undefined) throw new RangeError(`there is no failure ${name}`)
  const load = startLoad(bed, { campaignId, random: random.fork(), paymentsAtOnce: 1 })
  await sleep(random.integer(300, 1_500))
  const before = await writes.server()
  const failedAt = performance.now()
  const mend = await failure.happen(cluster, random)
  await writes.accepted(failure.changesServer ? before : undefined)
  const writableAt = performance.now()
  await acknowledgeMore(bed)
  const recordingMs = performance.now() - writableAt
  worstMs.writable = Math.max(worstMs.writable, writableAt - failedAt)
  worstMs.recording = Math.max(worstMs.recording, recordingMs)
  await mend()
  await cluster.whole()
  await allReady(replicas)
  await load.stop()
  return [
    ...(recordingMs > recordingMsMax
      ? [
          `nothing was acknowledged for ${Math.round(recordingMs / 1000)} s after a write was accepted`,
        ]
      : []),
    ...replicas.filter((one) => !one.isAlive()).map((one) => `it died: ${one.errorText()}`),
    ...(await bed.lostSoFar()),
    ...(await bed.healed(
      replicas.map(({ metricsUrl }) => metricsUrl),
      30_000,
    )),
  ]
}

async function allReady(replicas: readonly ReadyService[]): Promise<void> {
  for (const { apiUrl, isAlive } of replicas)
    await until(
      'every replica to be ready again',
      async () =>
        !isAlive() || (await fetchOnce(`${apiUrl}/readyz`).catch(() => undefined))?.status === 200,
    )
}
