import { residentMegabytes } from '../../support/process-usage.ts'
import { prepareLoad } from '../send-load.ts'
import { webhookSecret } from '../service-on.ts'
import type { Measurement, Observation } from './bench-context.ts'
import { isPeerName } from './peers.ts'
import { newSeed } from './seed.ts'
import { startPeer } from './start-peer.ts'

const connections = 64
/** The load generator keeps what it sends in memory. */
const requestsPerLoad = 25_000

/** Memory after a tenth of the webhooks, and after all of them. */
export const memory: Measurement = {
  name: 'memory',
  tables: ['memory'],
  subjects: () => ['hono-construct-event', 'countinghouse-sqlite', 'countinghouse-postgres'],
  open: async (context) => async (subject) => {
    if (!isPeerName(subject)) throw new TypeError(`there is no peer ${subject}`)
    await using stack = new AsyncDisposableStack()
    const { apiUrl, pid, end } = await startPeer(stack, context, subject)
    const observations: Observation[] = []
    let sent = 0
    for (const webhooks of memoryPoints(context.options.webhooks)) {
      for (; sent < webhooks; ) {
        const requests = Math.min(requestsPerLoad, webhooks - sent)
        const load = { apiUrl, secret: webhookSecret, requests, seed: newSeed(), connections }
        await (await prepareLoad(stack, load)).send()
        sent += requests
      }
      const residentMb = residentMegabytes(pid)
      observations.push({ table: 'memory', conditions: { webhooks }, figures: { residentMb } })
    }
    await end()
    return observations
  },
}

/** After how many webhooks memory is read. */
export function memoryPoints(webhooks: number): readonly [number, number] {
  return [Math.ceil(webhooks / 10), webhooks]
}
