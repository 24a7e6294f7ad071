import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../../support/fetch-once.ts'
import type { Random } from '../../../support/random.ts'
import { until } from '../../../support/until.ts'
import { startLoad } from '../../harness/load.ts'
import type { Scenario } from '../../harness/scenario.ts'
import { fillUntilRefused, noSmallDisk } from '../../harness/small-disk.ts'
import { type DatabaseSite, openSite } from './database-site.ts'

interface Fault {
  readonly isPossible?: (site: DatabaseSite) => boolean
  /** It is not what its name says unless something was answered 503 meanwhile. */
  readonly mustRefuse?: boolean
  /** Breaks something under load, and mends what an operator would have to mend. */
  happen(site: DatabaseSite, random: Random): Promise<void>
}

function pauseMs(random: Random, min: number, max: number): Promise<void> {
  return sleep(random.integer(min, max))
}

const faults: Readonly<Record<string, Fault>> = {
  restarted: {
    happen: async ({ server }) => {
      server.stop('fast')
      server.start()
    },
  },
  crashed: {
    happen: async ({ server }, random) => {
      server.stop('immediate')
      await pauseMs(random, 0, 1_500)
      server.start()
    },
  },
  'cut off': {
    happen: async ({ proxy }, random) => {
      proxy.cut()
      await pauseMs(random, 50, 2_000)
      proxy.mend()
    },
  },
  'answers swallowed': {
    happen: async ({ proxy }, random) => {
      proxy.swallow()
      await pauseMs(random, 50, 1_500)
      proxy.mend()
    },
  },
  'backends ended': {
    happen: async ({ bed }, random) => {
      for (let times = random.integer(1, 5); times > 0; times -= 1) {
        await bed.place.read((query) =>
          Promise.resolve(
            query(
              'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
            ),
          ),
        )
        await pauseMs(random, 10, 200)
      }
    },
  },
  'disk full': {
    isPossible: ({ disk }) => disk !== undefined,
    mustRefuse: true,
    happen: async ({ disk, bed }) => {
      if (disk !== undefined) await fillUntilRefused(disk, bed)
    },
  },
  'absent at start': {
    happen: async (site, random) => {
      const [first] = site.replicas()
      await first?.end('SIGKILL')
      site.server.stop('fast')
      const early = site.add()
      await pauseMs(random, 500, 2_500)
      site.server.start()
      if ((await early.ready) === undefined)
        throw new Error(`a service without its database gave up: ${early.errorText()}`)
      await early.end('SIGTERM')
    },
  },
}

/** Faults of the database, one each round, or a promotion that loses commits. */
export const databaseFaults: Scenario = {
  name: 'database',
  summary: 'PostgreSQL is stopped, cut off, full, absent, or promoted without acknowledged commits',
  engines: ['postgres'],
  isTimed: true,
  rounds: { small: 2, full: 50 },
  run: async (chaos) => {
    const { random, rounds } = chaos
    const site = await openSite(chaos)
    const { bed } = site
    await site.fillUp()
    const campaignId = await bed.createCampaign()
    const watch = bed.scrapes.watch(site.urls, 100)
    const names = Object.keys(faults).filter((name) => faults[name]?.isPossible?.(site) ?? true)
    const wanted = Array.from({ length: rounds }, (_, at) =>
      at % 8 === 7 || rounds < 3 ? 'promoted' : (names[at % names.length] ?? 'restarted'),
    )
    if (rounds < 3 && wanted.length > 1) wanted[0] = random.pick(['crashed', 'cut off'] as const)
    const counts: Record<string, number> = {}
    const violations: string[] = []

    for (const [at, name] of wanted.entries()) {
      counts[name] = (counts[name] ?? 0) + 1
      const broken =
        name === 'promoted'
          ? await promote(site, random)
          : await breakUnderLoad(site, campaignId, name, random)
      violations.push(...broken.map((violation) => `round ${at + 1}, ${name}: ${violation}`))
      if (violations.length > 0) break
    }
    await watch.stop()
    for (const replica of site.replicas()) await replica.end('SIGTERM')
    return {
      skipped: names.includes('disk full') ? [] : [`disk full: ${noSmallDisk}`],
      figures: { ...counts, acknowledged: bed.acknowledged.size, pages: bed.scrapes.pages },
      violations,
    }
  },
}

async function breakUnderLoad(
  site: DatabaseSite,
  campaignId: string,
  name: string,
  random: Random,
): Promise<readonly string[]> {
  const { bed } = site
  const load = startLoad(bed, { campaignId, random: random.fork(), paymentsAtOnce: 1 })
  await pauseMs(random, 100, 400)
  const refusedBefore = bed.balancer.statuses.get(503) ?? 0
  await faults[name]?.happen(site, random)
  const refused = (bed.balancer.statuses.get(503) ?? 0) - refusedBefore
  const broken =
    faults[name]?.mustRefuse && refused === 0 ? ['nothing was refused: it did not happen'] : []
  const lost = await bed.lostSoFar()
  const dead = site.replicas().filter((replica) => !replica.isAlive())
  const died = name === 'absent at start' ? [] : dead.map((one) => `it died: ${one.errorText()}`)
  await site.fillUp()
  await site.ready()
  await load.stop()
  return [
    ...broken,
    ...died,
    ...lost,
    ...(await bed.lostSoFar()),
    ...(await bed.healed(site.urls(), 20_000)),
  ]
}

/** A standby that lacks acknowledged commits takes over: the series ends, and a new generation begins. */
async function promote(site: DatabaseSite, random: Random): Promise<readonly string[]> {
  const { bed } = site
  site.keepCopy()
  await site.ready()
  // More than comes in before the loss is noticed: a total that is overtaken shows nothing.
  await bed.stripe.pay('success', random.integer(200, 400))
  const before = await bed.healed(site.urls(), 20_000)
  if (before.length > 0) return before
  const load = startLoad(bed, { random: random.fork(), paymentsAtOnce: 1 })
  await pauseMs(random, 200, 1_000)
  await site.promoteCopy(bed.excuseLosses)
  const violations: string[] = []
  for (const { metricsUrl } of site.replicas())
    await until('every replica to say that the ledger fell', async () => {
      const answer = await fetchOnce(metricsUrl).catch(() => undefined)
      const text = (await answer?.text()) ?? ''
      return answer?.status === 503 && /lost commits[\s\S]*npm run recover/.test(text)
    }).catch((cause: unknown) => violations.push(String(cause)))
  await pauseMs(random, 0, 500)
  await load.stop()
  violations.push(...(await bed.lostSoFar()))
  for (const replica of site.replicas()) await replica.end('SIGTERM')
  const recovered = await bed.command('recover', '--yes')
  if (recovered.exitCode !== 0) violations.push(`recover: ${recovered.text}`)
  await site.fillUp()
  return [...violations, ...bed.scrapes.falls, ...(await bed.healed(site.urls(), 60_000))]
}
