import { setTimeout as wait } from 'node:timers/promises'
import { residentMegabytes } from '../../support/process-usage.ts'
import { webhookSecret } from '../service-on.ts'
import type { BenchContext, Measurement } from './bench-context.ts'
import { isPeerName } from './peers.ts'
import { startOurs, startPeer } from './start-peer.ts'

/** From the start of a process until it is ready, and its memory after some idle seconds. */
export const start: Measurement = {
  name: 'start',
  tables: ['start'],
  subjects: () => [
    'raw-node',
    'hono-construct-event',
    'usual-way-sqlite',
    'usual-way-postgres',
    'stripe-sync-engine',
    'countinghouse-sqlite',
    'countinghouse-postgres',
    'countinghouse-emulator',
    'countinghouse-source',
  ],
  open: async (context) => async (subject, round) => {
    // The first start warms Node's compile cache.
    if (round === 1) await startOnce(context, subject, 0)
    return [
      {
        table: 'start',
        figures: await startOnce(context, subject, context.options.idleSeconds),
      },
    ]
  },
}

async function startOnce(context: BenchContext, subject: string, idleSeconds: number) {
  await using stack = new AsyncDisposableStack()
  const { readyMs, pid, end } = await startSubject(stack, context, subject)
  await wait(idleSeconds * 1000)
  const idleMegabytes = residentMegabytes(pid)
  await end()
  return { readyMs, idleMegabytes }
}

function startSubject(stack: AsyncDisposableStack, context: BenchContext, subject: string) {
  if (isPeerName(subject)) return startPeer(stack, context, subject)
  if (subject === 'countinghouse-emulator') return startOurs(stack, context.bundle, {})
  const environment = { STRIPE_SECRET_KEY: 'sk_test_none', STRIPE_WEBHOOK_SECRET: webhookSecret }
  return startOurs(stack, undefined, { ...environment, STRIPE_API_BASE: context.stripeUrl })
}
