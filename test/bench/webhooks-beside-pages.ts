import { once } from 'node:events'
import { z } from 'zod'
import type { DatabaseLocation } from '../../src/database/open.ts'
import { readPages } from './big-pages.ts'
import { startProgram, startService, webhookSecret } from './big-service.ts'

export interface WebhookRun {
  readonly perSecond: number
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number }
  /** Pages answered per second meanwhile. */
  readonly pagesPerSecond: number
}

export interface WebhookRuns {
  readonly quiet: readonly WebhookRun[]
  readonly reading: readonly WebhookRun[]
}

export interface WebhookLoad {
  readonly rounds: number
  readonly requests: number
  /** As fast as they are answered if undefined. */
  readonly perSecond: number | undefined
}

const resultLine = z.object({
  seconds: z.number(),
  statuses: z.record(z.string(), z.number()),
  latencyMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
})

/** Webhooks to the real service on a ledger, in turns without and with people who read pages all the time. */
export async function sendBesidePages(
  location: DatabaseLocation,
  { rounds, requests, perSecond }: WebhookLoad,
): Promise<WebhookRuns> {
  const service = await startService(location)
  const quiet: WebhookRun[] = []
  const reading: WebhookRun[] = []
  const args = perSecond === undefined ? [] : [`--per-second=${perSecond}`]
  try {
    for (let round = 0; round <= rounds; round += 1) {
      const seed = Math.floor(Math.random() * 1_000_000_000)
      const alone = await send(service.apiUrl, requests, [...args, `--seed=${seed}`])
      const readers = readPages((path) => fetch(`${service.apiUrl}${path}`))
      const pagesBefore = readers.pageCount
      const beside = await send(service.apiUrl, requests, [...args, `--seed=${seed + 1}`])
      const pagesPerSecond = (readers.pageCount - pagesBefore) / beside.seconds
      await readers.stop()
      if (round === 0) continue
      quiet.push({ ...alone, pagesPerSecond: 0 })
      reading.push({ ...beside, pagesPerSecond })
    }
  } finally {
    await service.stop()
  }
  return { quiet, reading }
}

async function send(apiUrl: string, requests: number, args: readonly string[]) {
  const { child, nextLine } = startProgram('load.ts', [
    `--port=${new URL(apiUrl).port}`,
    `--secret=${webhookSecret}`,
    `--requests=${requests}`,
    ...args,
  ])
  const exited = once(child, 'exit')
  await nextLine()
  child.stdin.write('go\n')
  const { seconds, statuses, latencyMs } = resultLine.parse(await nextLine())
  await exited
  if (statuses['200'] !== requests)
    throw new Error(`answers were ${JSON.stringify(statuses)} to ${requests} webhooks`)
  return { seconds, perSecond: requests / seconds, latencyMs }
}
