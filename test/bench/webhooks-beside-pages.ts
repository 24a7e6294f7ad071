import type { DatabaseLocation } from '../../src/database/open.ts'
import type { Get, PageReader } from './big-pages.ts'
import { prepareLoad } from './send-load.ts'
import { startOn, webhookSecret } from './service-on.ts'

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
  /** Starts those who read pages. */
  readonly read: (get: Get) => PageReader
}

/** Webhooks to the real service on a ledger, in turns without and with people who read pages all the time. */
export async function sendBesidePages(
  location: DatabaseLocation,
  { rounds, requests, perSecond, read }: WebhookLoad,
): Promise<WebhookRuns> {
  await using stack = new AsyncDisposableStack()
  const service = await startOn(stack, location)
  const quiet: WebhookRun[] = []
  const reading: WebhookRun[] = []
  const send = async (seed: number) => {
    const { apiUrl } = service
    const options = { apiUrl, secret: webhookSecret, requests, seed, perSecond }
    const { seconds, latencyMs } = await (await prepareLoad(stack, options)).send()
    return { seconds, perSecond: requests / seconds, latencyMs }
  }
  for (let round = 0; round <= rounds; round += 1) {
    const seed = Math.floor(Math.random() * 1_000_000_000)
    const alone = await send(seed)
    const readers = read((path) => fetch(`${service.apiUrl}${path}`))
    const pagesBefore = readers.pageCount
    const beside = await send(seed + 1)
    const pagesPerSecond = (readers.pageCount - pagesBefore) / beside.seconds
    await readers.stop()
    if (round === 0) continue
    quiet.push({ ...alone, pagesPerSecond: 0 })
    reading.push({ ...beside, pagesPerSecond })
  }
  await service.end('SIGTERM')
  return { quiet, reading }
}
