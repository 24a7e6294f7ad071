import { createDatabase } from '../../support/postgres.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts'
import { cpuSeconds } from '../../support/process-usage.ts'
import { median } from '../programs.ts'
import { prepareLoad } from '../send-load.ts'
import { type ServiceOn, startOn, webhookSecret } from '../service-on.ts'
import { databaseCpuSeconds } from '../side-by-side/database-cpu.ts'

export interface ReplicaOptions {
  readonly replicaCounts: readonly number[]
  readonly rounds: number
  /** Webhooks of a round, over all replicas. */
  readonly requests: number
}

interface Measurement {
  readonly perSecond: number
  readonly serviceCpuMicroseconds: number
  readonly databaseCpuMicroseconds: number
}

/** Over all replicas, so that the load is the same for one and for four. */
const connectionCount = 64

/** Webhooks per second by the number of replicas on one PostgreSQL, which take turns within a round. */
export async function measureReplicas(options: ReplicaOptions): Promise<readonly object[]> {
  await using stack = new AsyncDisposableStack()
  const postgres = await startPostgres(stack, ['max_wal_size=8GB', 'checkpoint_timeout=30min'])
  const { replicaCounts, rounds } = options
  const results = new Map<number, Measurement[]>(replicaCounts.map((count) => [count, []]))
  for (let round = 0; round < rounds; round += 1) {
    const order = replicaCounts.map((_, at) => replicaCounts[(at + round) % replicaCounts.length])
    for (const count of order.filter((one) => one !== undefined))
      results.get(count)?.push(await measure(postgres, count, round, options.requests))
    process.stderr.write('.')
  }
  process.stderr.write('\n')
  return [...results].map(([replicas, measured]) => ({
    replicas,
    'webhooks per second': middle(measured, 'perSecond'),
    'service, µs each': middle(measured, 'serviceCpuMicroseconds'),
    'PostgreSQL, µs each': middle(measured, 'databaseCpuMicroseconds'),
  }))
}

async function measure(
  postgres: PostgresServer,
  replicaCount: number,
  round: number,
  requests: number,
): Promise<Measurement> {
  await using stack = new AsyncDisposableStack()
  const url = await createDatabase(postgres.url)
  const services: ServiceOn[] = []
  for (let replica = 0; replica < replicaCount; replica += 1)
    services.push(await startOn(stack, { engine: 'postgres', url }))
  const share = Math.floor(requests / replicaCount)
  const prepare = (count: number, firstSeed: number) =>
    Promise.all(
      services.map(({ apiUrl }, replica) =>
        prepareLoad(stack, {
          apiUrl,
          secret: webhookSecret,
          requests: count,
          seed: firstSeed + replica,
          connections: connectionCount / replicaCount,
        }),
      ),
    )
  const sendAll = async (loads: Awaited<ReturnType<typeof prepare>>) => {
    const startedAt = performance.now()
    await Promise.all(loads.map((load) => load.send()))
    return (performance.now() - startedAt) / 1000
  }
  await sendAll(await prepare(Math.ceil(share / 6), 5_000 + 10 * round))
  const loads = await prepare(share, 10 * round)
  const serviceCpu = () => services.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0)
  const before = [serviceCpu(), databaseCpuSeconds(postgres)] as const
  const seconds = await sendAll(loads)
  const sent = share * replicaCount
  const measurement = {
    perSecond: sent / seconds,
    serviceCpuMicroseconds: ((serviceCpu() - before[0]) / sent) * 1e6,
    databaseCpuMicroseconds: ((databaseCpuSeconds(postgres) - before[1]) / sent) * 1e6,
  }
  for (const service of services) await service.end('SIGTERM')
  return measurement
}

function middle(measured: readonly Measurement[], figure: keyof Measurement): number {
  return Math.round(median(measured.map((one) => one[figure])))
}
