import { join } from 'node:path'
import { z } from 'zod'
import { createDatabase } from '../../support/postgres.ts'
import { pidOf } from '../../support/process-usage.ts'
import { run } from '../../support/run-process.ts'
import { mustBeReady, startOptionsOf, startService } from '../../support/service.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { nextLine } from '../programs.ts'
import { webhookSecret } from '../service-on.ts'
import type { BenchContext } from './bench-context.ts'
import { type Peer, type PeerName, peers } from './peers.ts'

export interface StartedPeer {
  readonly apiUrl: string
  readonly metricsUrl: string
  readonly pid: number
  /** From the start of its process until it listened. */
  readonly readyMs: number
  end(): Promise<void>
}

const readyLine = z.object({ port: z.int() })
const nodeArgs = startOptionsOf(join(import.meta.dirname, '../../..'))
export const peersFolder = join(import.meta.dirname, '..', 'peers')

/** Starts a peer in a process of its own on an empty database; it ends with the stack. */
export async function startPeer(
  stack: AsyncDisposableStack,
  context: BenchContext,
  name: PeerName,
): Promise<StartedPeer> {
  const { database, program }: Peer = peers[name]
  const environment = {
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_API_BASE: context.stripeUrl,
    DATABASE_URL:
      database === 'postgres'
        ? await createDatabase(context.postgres.url)
        : `sqlite:${join(temporaryFolder(stack), 'ledger.db')}`,
  }
  return program === undefined
    ? startOurs(stack, context.bundle, { ...environment, STRIPE_SECRET_KEY: 'sk_test_none' })
    : startProgram(stack, program, context, environment)
}

/** Starts the service as an installation does, from the bundle; undefined: from the source, as `npm start` does. */
export async function startOurs(
  stack: AsyncDisposableStack,
  entry: string | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<StartedPeer> {
  const folder = temporaryFolder(stack)
  const startedAt = performance.now()
  const service = startService(stack, {
    folder,
    environment,
    nodeArgs,
    ...(entry === undefined ? {} : { entry }),
  })
  const { apiUrl, metricsUrl } = await mustBeReady(service)
  const readyMs = performance.now() - startedAt
  const end = async () => void (await service.end('SIGTERM'))
  return { apiUrl, metricsUrl, pid: pidOf(service), readyMs, end }
}

/** Starts one of the programs in `test/bench/peers`. */
export async function startProgram(
  stack: AsyncDisposableStack,
  program: string,
  { compileCacheFolder }: BenchContext,
  environment: Readonly<Record<string, string>>,
): Promise<StartedPeer> {
  const startedAt = performance.now()
  const running = run(stack, {
    command: process.execPath,
    args: [join(peersFolder, program)],
    environment: { ...environment, NODE_COMPILE_CACHE: compileCacheFolder },
  })
  const { port } = readyLine.parse(await nextLine(running))
  const readyMs = performance.now() - startedAt
  const apiUrl = `http://127.0.0.1:${port}`
  const end = async () => void (await running.end('SIGTERM'))
  return { apiUrl, metricsUrl: `${apiUrl}/metrics`, pid: pidOf(running), readyMs, end }
}
