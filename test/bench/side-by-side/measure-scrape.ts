import { prepareLoad } from '../send-load.ts'
import { webhookSecret } from '../service-on.ts'
import { type Scrape, scrapeDuring, timeScrape } from '../time-scrapes.ts'
import type { Measurement } from './bench-context.ts'
import { isPeerName } from './peers.ts'
import { quantile } from './quantile.ts'
import { newSeed } from './seed.ts'
import { startPeer } from './start-peer.ts'

const connections = 64
const scrapesAtRest = 50

/** How long a scrape takes, at rest and while 64 connections send as fast as they are answered, and its bytes. */
export const scrape: Measurement = {
  name: 'scrape',
  tables: ['scrape'],
  subjects: () => [
    'countinghouse-sqlite',
    'usual-way-sqlite',
    'countinghouse-postgres',
    'usual-way-postgres',
  ],
  open: async (context) => async (subject) => {
    if (!isPeerName(subject)) throw new TypeError(`there is no peer ${subject}`)
    const { requests, seconds } = context.options
    await using stack = new AsyncDisposableStack()
    const { apiUrl, metricsUrl, end } = await startPeer(stack, context, subject)
    const load = { apiUrl, secret: webhookSecret, connections, seconds }
    const prepare = (count: number) =>
      prepareLoad(stack, { ...load, requests: count, seed: newSeed() })
    await (await prepare(Math.ceil(requests / 4))).send()
    await timeScrape(metricsUrl)
    const rest: Scrape[] = []
    for (let count = 0; count < scrapesAtRest; count += 1) rest.push(await timeScrape(metricsUrl))
    const loaded = await scrapeDuring((await prepare(requests)).send(), metricsUrl)
    await end()
    const figures = (scrapes: readonly Scrape[]) => {
      const times = scrapes.map(({ ms }) => ms)
      return {
        p50Ms: quantile(times, 0.5),
        p99Ms: quantile(times, 0.99),
        maxMs: Math.max(...times),
        bytes: scrapes.at(-1)?.bytes ?? 0,
        scrapes: times.length,
      }
    }
    return [
      { table: 'scrape', conditions: { connections: 0 }, figures: figures(rest) },
      { table: 'scrape', conditions: { connections }, figures: figures(loaded) },
    ]
  },
}
