import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../../support/fetch-once.ts'
import { withClient } from '../../../support/postgres.ts'
import { type PostgresServer, startPostgres } from '../../../support/postgres-server.ts'
import { startTcpProxy, type TcpProxy } from '../../../support/tcp-proxy.ts'
import { until } from '../../../support/until.ts'
import { placeAt } from '../../harness/postgres.ts'
import type { ChaosRun } from '../../harness/scenario.ts'
import { mountSmallDisk, type SmallDisk } from '../../harness/small-disk.ts'
import { createTestBed, type ReadyService, type TestBed } from '../../harness/test-bed.ts'

/** Two replicas on a PostgreSQL of their own, which may be stopped, cut off, filled, put back. */
export interface DatabaseSite {
  readonly bed: TestBed
  readonly server: PostgresServer
  readonly proxy: TcpProxy
  /** Undefined where none can be mounted. */
  readonly disk: SmallDisk | undefined
  /** A copy of the whole server's data as it is now. Stops it for that moment. */
  keepCopy(): void
  /**
   * The server comes back with the data of the copy, as a standby that lagged behind. `whenGone` is
   * called when nothing that the old one committed can be acknowledged any more.
   */
  promoteCopy(whenGone: () => void): Promise<void>
  replicas(): readonly ReadyService[]
  urls(): readonly string[]
  /** Starts what is missing of two replicas. */
  fillUp(): Promise<void>
  /** Resolves when every replica says that it is ready. */
  ready(): Promise<void>
  /** Runs one more replica from its very start, before anything else is waited for. */
  add(): ReturnType<TestBed['start']>
}

const diskMegabytes = 24
const replicaCount = 2
/** By then an answer to what was committed before has reached its caller. */
const answersMsMax = 500

export async function openSite(chaos: ChaosRun): Promise<DatabaseSite> {
  const { stack } = chaos
  const server = await startPostgres(stack)
  const disk = mountSmallDisk(stack, chaos.folder, diskMegabytes)
  const name = 'chaos'
  await withClient(server.url, async (query) => {
    if (disk === undefined) await query(`create database ${name}`)
    else {
      const space = join(disk.folder, 'space')
      mkdirSync(space)
      if (process.getuid?.() === 0) execFileSync('chown', ['nobody', space, chaos.folder])
      await query(`create tablespace small location '${space}'`)
      await query(`create database ${name} tablespace small`)
    }
  })
  const url = new URL(server.url)
  url.pathname = `/${name}`
  const proxy = await startTcpProxy(stack, url.href)
  const bed = await createTestBed(chaos, { place: placeAt(url.href) })
  const environment = { DATABASE_URL: proxy.url }
  const copy = join(chaos.folder, 'copy')
  let replicas: readonly ReadyService[] = []

  const copyFolder = (from: string, to: string): void => {
    execFileSync('rm', ['-rf', to])
    execFileSync('cp', ['-a', from, to])
  }
  const fillUp = async (): Promise<void> => {
    replicas = replicas.filter((replica) => replica.isAlive())
    while (replicas.length < replicaCount)
      replicas = [...replicas, await bed.startReady({ environment })]
    bed.balancer.setTargets(replicas.map(({ apiUrl }) => apiUrl))
  }

  return {
    bed,
    server,
    proxy,
    disk,
    keepCopy: () => {
      server.stop('fast')
      copyFolder(server.dataFolder, copy)
      server.start()
    },
    promoteCopy: async (whenGone) => {
      server.stop('immediate')
      await sleep(answersMsMax)
      whenGone()
      copyFolder(copy, server.dataFolder)
      server.start()
    },
    replicas: () => replicas,
    urls: () => replicas.map(({ metricsUrl }) => metricsUrl),
    fillUp,
    ready: async () => {
      for (const { apiUrl } of replicas)
        await until(
          'a replica to be ready again',
          async () => (await fetchOnce(`${apiUrl}/readyz`).catch(() => undefined))?.status === 200,
          60_000,
        )
    },
    add: () => bed.start({ environment }),
  }
}
