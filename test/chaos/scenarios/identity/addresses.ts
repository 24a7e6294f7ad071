import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../../support/fetch-once.ts'
import { withClient } from '../../../support/postgres.ts'
import { startPostgres } from '../../../support/postgres-server.ts'
import type { Random } from '../../../support/random.ts'
import { startTcpProxy, type TcpProxy } from '../../../support/tcp-proxy.ts'
import { until } from '../../../support/until.ts'
import { startLoad } from '../../harness/load.ts'
import { placeAt } from '../../harness/postgres.ts'
import type { ChaosRun, Outcome } from '../../harness/scenario.ts'
import { createTestBed, type ReadyService, type TestBed } from '../../harness/test-bed.ts'

const replicaCount = 2
const noticeMsMax = 30_000

interface Site {
  readonly bed: TestBed
  readonly proxy: TcpProxy
  readonly replicas: readonly ReadyService[]
  readonly homeUrl: string
  readonly foreignUrl: string
}

/** The address of a PostgreSQL ledger leads to another ledger for a while, under load. */
export async function swapAddresses(chaos: ChaosRun): Promise<Outcome> {
  const { random } = chaos
  const site = await openSite(chaos)
  const { bed, replicas } = site
  const watch = bed.scrapes.watch(() => replicas.map(({ metricsUrl }) => metricsUrl), 100)
  const violations: string[] = []
  for (let at = 0; at < chaos.rounds && violations.length === 0; at += 1) {
    const broken = await swapOnce(site, random)
    violations.push(...broken.map((one) => `round ${at + 1}: ${one}`))
  }
  await watch.stop()
  for (const replica of replicas) await replica.end('SIGTERM')
  return {
    figures: {
      swapped: chaos.rounds,
      acknowledged: bed.acknowledged.size,
      pages: bed.scrapes.pages,
    },
    violations,
  }
}

/** Two servers, each with a ledger of its own in a database of the same name. */
async function openSite(chaos: ChaosRun): Promise<Site> {
  const urls = await Promise.all(
    [0, 1].map(async () => {
      const server = await startPostgres(chaos.stack)
      await withClient(server.url, (query) => query('create database ledger'))
      const url = new URL(server.url)
      url.pathname = '/ledger'
      return url.href
    }),
  )
  const [homeUrl = '', foreignUrl = ''] = urls
  const foreign = await createTestBed(chaos, { place: placeAt(foreignUrl) })
  const other = await foreign.startAlone()
  await foreign.stripe.pay('success', 50)
  await foreign.stripe.drained()
  await other.end('SIGTERM')

  const proxy = await startTcpProxy(chaos.stack, homeUrl)
  const bed = await createTestBed(chaos, { place: placeAt(homeUrl) })
  const options = { environment: { DATABASE_URL: proxy.url }, keptChars: Number.POSITIVE_INFINITY }
  const replicas = await Promise.all(
    Array.from({ length: replicaCount }, () => bed.startReady(options)),
  )
  bed.balancer.setTargets(replicas.map(({ apiUrl }) => apiUrl))
  return { bed, proxy, replicas, homeUrl, foreignUrl }
}

async function swapOnce(
  { bed, proxy, replicas, homeUrl, foreignUrl }: Site,
  random: Random,
): Promise<readonly string[]> {
  const load = startLoad(bed, { random: random.fork(), paymentsAtOnce: 1 })
  await sleep(random.integer(100, 600))
  const contentBefore = await contentOf(foreignUrl)
  const linesBefore = replicas.map(countLines)
  proxy.leadTo(foreignUrl)
  await sleep(random.integer(0, 300))
  proxy.breakConnections()
  const violations: string[] = []
  for (const [at, replica] of replicas.entries()) {
    await waitFor503(replica).catch((cause: unknown) => violations.push(String(cause)))
    await until(
      'a log line that names the other ledger',
      () => countLines(replica) > (linesBefore[at] ?? 0),
      noticeMsMax,
    ).catch((cause: unknown) => violations.push(String(cause)))
  }
  await sleep(random.integer(0, 1_000))
  proxy.leadTo(homeUrl)
  proxy.breakConnections()
  const contentAfter = await contentOf(foreignUrl)
  if (contentAfter !== contentBefore)
    violations.push(`the foreign ledger was changed: ${contentBefore} became ${contentAfter}`)
  for (const { apiUrl } of replicas)
    await until(
      'every replica to be ready again',
      async () => (await fetchOnce(`${apiUrl}/readyz`).catch(() => undefined))?.status === 200,
    )
  await load.stop()
  return [
    ...violations,
    ...(await bed.lostSoFar()),
    ...(await bed.healed(
      replicas.map(({ metricsUrl }) => metricsUrl),
      30_000,
    )),
  ]
}

function countLines(replica: ReadyService): number {
  return replica.outputText().split('leads to another ledger').length - 1
}

async function waitFor503({ apiUrl }: ReadyService): Promise<void> {
  await until(
    '/readyz to answer 503',
    async () => (await fetchOnce(`${apiUrl}/readyz`).catch(() => undefined))?.status === 503,
    noticeMsMax,
  )
}

/** Everything that a process could have changed there. */
async function contentOf(url: string): Promise<string> {
  const rows = await withClient(url, (query) =>
    query(
      `select row_to_json(ledger) as ledger, (select count(*) from facts) as facts,
         (select sum(total) from totals) as total, (select count(*) from dead_letters) as dead,
         (select count(*) from posts) as posts, (select count(*) from campaigns) as campaigns from ledger`,
    ),
  )
  return JSON.stringify(rows)
}
