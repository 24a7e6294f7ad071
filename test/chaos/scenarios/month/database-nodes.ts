import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPatroni } from '../../../support/patroni/cluster.ts'
import { missingForPatroni } from '../../../support/patroni/programs.ts'
import { createDatabase } from '../../../support/postgres.ts'
import { startPostgres } from '../../../support/postgres-server.ts'
import { until } from '../../../support/until.ts'
import type { ChaosRun } from '../../harness/scenario.ts'

/** Where the ledger moves to, and how a node of it is lost. */
export interface DatabaseNodes {
  readonly kind: string
  readonly url: string
  /** Kills the node that takes the writes; resolves once it, or another one, takes them again. */
  lose(): Promise<void>
}

/** A cluster takes minutes to start and to fail over: a small run has one server. */
const clusterRoundsMin = 10

export function openDatabaseNodes(chaos: ChaosRun): Promise<DatabaseNodes> {
  const isCluster = chaos.rounds >= clusterRoundsMin && missingForPatroni() === undefined
  return isCluster ? openCluster(chaos) : openServer(chaos)
}

async function openCluster({ stack }: ChaosRun): Promise<DatabaseNodes> {
  const cluster = await startPatroni(stack)
  const lose = async (): Promise<void> => {
    const lost = await cluster.primary()
    if (lost === undefined) throw new Error('the cluster has no primary to lose')
    lost.kill()
    await until(
      'another node to take the writes',
      async () => ![undefined, lost].includes(await cluster.primary()),
      180_000,
    )
    lost.start()
    await cluster.whole()
  }
  return { kind: 'the primary of three under Patroni, killed', url: cluster.url, lose }
}

const outageMs = 1_000

async function openServer({ stack }: ChaosRun): Promise<DatabaseNodes> {
  const server = await startPostgres(stack, ['max_connections=100'])
  const lose = async (): Promise<void> => {
    const [pid] = readFileSync(join(server.dataFolder, 'postmaster.pid'), 'utf8').split('\n')
    const backends = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    process.kill(Number(pid), 'SIGKILL')
    await sleep(outageMs)
    // They end by themselves; until then no other server starts on their memory.
    await until('the backends to end', () => !backends.some((one) => existsSync(`/proc/${one}`)))
    server.start()
  }
  const kind = 'a single server, killed by SIGKILL and started again'
  return { kind, url: await createDatabase(server.url), lose }
}
