import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { freePort } from '../loopback.ts'
import { run } from '../run-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { until } from '../until.ts'
import { createNode, type ListeningNode, type PatroniNode } from './node.ts'

/** A highly available PostgreSQL: three nodes under Patroni, one etcd, HAProxy in front of the primary. */
export interface PatroniCluster {
  /** Through HAProxy, which leads to whichever node is the primary. */
  readonly url: string
  readonly nodes: readonly PatroniNode[]
  /** The node that has Patroni's leader key; undefined while there is none. */
  primary(): Promise<PatroniNode | undefined>
  /** The node that has every acknowledged commit beside the primary. */
  synchronousStandby(): Promise<PatroniNode | undefined>
  /** Resolves when every node runs, and one of them is a synchronous standby. */
  whole(): Promise<void>
  /** Hands over to the synchronous standby, as an operator would. */
  switchOver(from: PatroniNode): Promise<void>
}

const startMsMax = 180_000
const members = z.object({
  members: z.array(z.object({ name: z.string(), role: z.string(), state: z.string() })),
})

/** Starts the cluster on loopback; resolves once it is whole. Everything ends with the stack. */
export async function startPatroni(stack: AsyncDisposableStack): Promise<PatroniCluster> {
  const folder = temporaryFolder(stack)
  chmodSync(folder, 0o755)
  const etcdUrl = await startEtcd(stack, folder)
  const nodes = await Promise.all(
    ['node1', 'node2', 'node3'].map((name) => createNode(stack, { name, folder, etcdUrl })),
  )
  for (const node of nodes) node.start()
  const port = await startHaproxy(stack, folder, nodes)
  const cluster = clusterOf(nodes, `postgres://postgres:secret@127.0.0.1:${port}/postgres`)
  await cluster.whole()
  return cluster
}

function clusterOf(nodes: readonly ListeningNode[], url: string): PatroniCluster {
  const readMembers = async () => {
    for (const { restUrl } of nodes) {
      const signal = AbortSignal.timeout(2_000)
      const answer = await fetch(`${restUrl}/cluster`, { signal }).catch(() => undefined)
      if (answer?.ok) return members.parse(await answer.json()).members
    }
    return []
  }
  const withRole = async (wanted: string) => {
    const member = (await readMembers()).find(({ role }) => role === wanted)
    return nodes.find(({ name }) => name === member?.name)
  }
  const running = new Set(['running', 'streaming'])
  return {
    url,
    nodes,
    primary: () => withRole('leader'),
    synchronousStandby: () => withRole('sync_standby'),
    whole: () =>
      until(
        () =>
          `all nodes of the cluster to run, one as a synchronous standby:\n${nodes.map(({ name, log }) => `${name}: ${log()}`).join('\n')}`,
        async () => {
          const all = await readMembers()
          const roles = all.filter(({ state }) => running.has(state)).map(({ role }) => role)
          return (
            roles.length === nodes.length &&
            roles.includes('leader') &&
            roles.includes('sync_standby')
          )
        },
        startMsMax,
      ),
    switchOver: async ({ name }) => {
      const node = nodes.find((one) => one.name === name)
      const answer = await fetch(`${node?.restUrl}/switchover`, {
        method: 'POST',
        body: JSON.stringify({ leader: name }),
      })
      if (!answer.ok) throw new Error(`the switchover: ${answer.status} ${await answer.text()}`)
    },
  }
}

async function startEtcd(stack: AsyncDisposableStack, folder: string): Promise<string> {
  const [clientPort, peerPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${clientPort}`
  const peerUrl = `http://127.0.0.1:${peerPort}`
  const etcd = run(stack, {
    command: 'etcd',
    args: [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      '--enable-v2=true',
      '--unsafe-no-fsync',
      '--log-level=error',
    ],
    environment: {},
  })
  await until(
    () => `etcd: ${etcd.errorText()}`,
    async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok === true,
  )
  return url
}

async function startHaproxy(
  stack: AsyncDisposableStack,
  folder: string,
  nodes: readonly ListeningNode[],
): Promise<number> {
  const port = await freePort()
  const servers = nodes.map(
    ({ name, port: nodePort, restUrl }) =>
      `    server ${name} 127.0.0.1:${nodePort} check port ${new URL(restUrl).port}`,
  )
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(
    file,
    [
      'global',
      '    maxconn 500',
      'defaults',
      '    mode tcp',
      '    timeout connect 2s',
      '    timeout client 30m',
      '    timeout server 30m',
      '    timeout check 2s',
      'listen primary',
      `    bind 127.0.0.1:${port}`,
      '    option httpchk OPTIONS /primary',
      '    http-check expect status 200',
      '    default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions',
      ...servers,
      '',
    ].join('\n'),
  )
  run(stack, { command: 'haproxy', args: ['-db', '-f', file], environment: {} })
  return port
}
