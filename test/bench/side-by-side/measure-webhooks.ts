import { cpuSeconds } from '../../support/process-usage.ts'
import { prepareLoad } from '../send-load.ts'
import { webhookSecret } from '../service-on.ts'
import type { BenchContext, Measurement, Observation } from './bench-context.ts'
import { databaseCpuSeconds } from './database-cpu.ts'
import { isPeerName, peerNames, peers } from './peers.ts'
import { newSeed } from './seed.ts'
import { type StartedPeer, startPeer } from './start-peer.ts'

const pacedConnections = 64

/** Webhooks as fast as they are answered, by connections, and how long each takes at half of the top rate. */
export const webhooks: Measurement = {
  name: 'webhooks',
  tables: ['webhooks', 'latency'],
  subjects: () => peerNames,
  open: async (context) => async (subject) => {
    if (!isPeerName(subject)) throw new TypeError(`there is no peer ${subject}`)
    await using stack = new AsyncDisposableStack()
    const peer = await startPeer(stack, context, subject)
    const { connections, requests } = context.options
    await (await prepare(stack, context, peer, pacedConnections, Math.ceil(requests / 4))).send()
    const usesPostgres = peers[subject].database === 'postgres'
    const rates: Observation[] = []
    for (const count of connections)
      rates.push(await measureRate(stack, context, peer, count, usesPostgres))
    const top = Math.max(...rates.map(({ figures }) => figures.perSecond ?? 0))
    const latency = await measureLatency(stack, context, peer, Math.max(1, Math.round(top / 2)))
    await peer.end()
    return [...rates, latency]
  },
}

function prepare(
  stack: AsyncDisposableStack,
  { options }: BenchContext,
  { apiUrl }: StartedPeer,
  connections: number,
  requests: number = options.requests,
) {
  const { seconds } = options
  const seed = newSeed()
  return prepareLoad(stack, { apiUrl, secret: webhookSecret, requests, seed, connections, seconds })
}

async function measureRate(
  stack: AsyncDisposableStack,
  context: BenchContext,
  peer: StartedPeer,
  connections: number,
  usesPostgres: boolean,
): Promise<Observation> {
  const load = await prepare(stack, context, peer, connections)
  const before = cpuSeconds(peer.pid)
  const databaseBefore = databaseCpuSeconds(context.postgres)
  const { answered, seconds, loadCpuSeconds } = await load.send()
  const serverCpu = cpuSeconds(peer.pid) - before
  const databaseCpu = usesPostgres ? databaseCpuSeconds(context.postgres) - databaseBefore : 0
  return {
    table: 'webhooks',
    conditions: { connections },
    figures: {
      perSecond: answered / seconds,
      serverCpuUs: (serverCpu / answered) * 1e6,
      databaseCpuUs: (databaseCpu / answered) * 1e6,
      loadCpuUs: (loadCpuSeconds / answered) * 1e6,
    },
  }
}

async function measureLatency(
  stack: AsyncDisposableStack,
  { options }: BenchContext,
  { apiUrl }: StartedPeer,
  perSecond: number,
): Promise<Observation> {
  const requests = Math.ceil(Math.min(options.requests, perSecond * options.seconds))
  const seed = newSeed()
  const connections = pacedConnections
  const load = { apiUrl, secret: webhookSecret, requests, seed, connections, perSecond }
  const { latencyMs } = await (await prepareLoad(stack, load)).send()
  const { p50, p99, max } = latencyMs
  return { table: 'latency', figures: { perSecond, p50Ms: p50, p99Ms: p99, maxMs: max } }
}
