import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { DatabaseLocation } from '../../src/database/open.ts'
import { createDatabase } from '../support/postgres.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { startService } from './big-service.ts'
import { fillLedger } from './fill-ledger.ts'
import { compareRates } from './record-rate.ts'
import { sendBesidePages, type WebhookRun } from './webhooks-beside-pages.ts'

/**
 * What a ledger of ten million facts costs, beside one of a thousand and an empty one, on both
 * engines: restoring, recording, and webhooks while people read pages. Ends with 1 when a target is
 * missed.
 */
const { values } = parseArgs({
  options: {
    facts: { type: 'string', default: '10000000' },
    engine: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
    slices: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '5' },
  },
})
const factCount = Number(values.facts)
const smallFactCount = 1_000
const callers = 64
const slices = Number(values.slices)
const rounds = Number(values.rounds)
/** Restoring may differ by what two starts of the same process differ by. */
const startRatioMax = 1.1
const rateRatioMin = 0.8
/** Pages may hold up a webhook for so long at the 99th percentile, or for half as long as it takes anyway. */
const holdUpMsMax = 10
const holdUpShareMax = 0.5

const engines = {
  sqlite: { factsPerSlice: 5_000, webhooksPerSecond: 500 },
  postgres: { factsPerSlice: 2_000, webhooksPerSecond: 250 },
} as const
type EngineName = keyof typeof engines

interface Line {
  readonly engine: string
  readonly figure: string
  readonly small: number
  readonly big: number
  readonly compared: number
  readonly target: string
  readonly isMet: boolean | undefined
}

/** Makes places for ledgers of one engine; they are removed with the stack. */
const openPlaces = async (
  engine: EngineName,
  stack: AsyncDisposableStack,
): Promise<(name: string) => Promise<DatabaseLocation>> => {
  if (engine === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'countinghouse-big-'))
    stack.defer(() => rmSync(folder, { recursive: true, force: true }))
    return async (name) => ({ engine, path: join(folder, `${name}.db`) })
  }
  const server = await startPostgres(['max_wal_size=8GB', 'checkpoint_timeout=30min'])
  stack.defer(() => server.remove())
  return async () => ({ engine, url: await createDatabase(server.url) })
}

/** The shortest of several starts of each, in turns: everything else that runs only makes them longer. */
const compareStarts = async (
  locations: readonly DatabaseLocation[],
): Promise<readonly number[]> => {
  const shortest = locations.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round <= rounds; round += 1)
    for (const [index, location] of locations.entries()) {
      const service = await startService(location)
      await service.stop()
      shortest[index] = Math.min(shortest[index] ?? 0, service.readyMs)
    }
  return shortest
}

const measure = async (engine: EngineName): Promise<readonly Line[]> => {
  await using stack = new AsyncDisposableStack()
  const { factsPerSlice, webhooksPerSecond } = engines[engine]
  const place = await openPlaces(engine, stack)
  const [empty, small, big] = [await place('empty'), await place('small'), await place('big')]
  await fillLedger(small, smallFactCount)
  const filledAt = performance.now()
  await fillLedger(big, factCount)
  tell(
    `${engine}: ${factCount} facts made in ${Math.round((performance.now() - filledAt) / 1000)} s`,
  )

  const [smallMs = 0, bigMs = 0] = await compareStarts([small, big])
  tell(`${engine}: starts measured`)
  const [emptyRuns = [], bigRuns = []] = await compareRates([empty, big], {
    slices,
    factsPerSlice,
    callers,
  })
  tell(`${engine}: rates measured`)
  const paced = await sendBesidePages(big, {
    rounds,
    requests: 5 * webhooksPerSecond,
    perSecond: webhooksPerSecond,
  })
  const fast = await sendBesidePages(big, {
    rounds,
    requests: 20 * webhooksPerSecond,
    perSecond: undefined,
  })

  const startRatio = bigMs / smallMs
  const ratios = bigRuns.map(
    ({ perSecond }, index) => perSecond / (emptyRuns[index]?.perSecond ?? 0),
  )
  const rateRatio = median(ratios)
  const cpu = (runs: typeof bigRuns) => median(runs.map((run) => run.cpuMicroseconds))
  const p99 = ({ latencyMs }: WebhookRun) => latencyMs.p99
  const quietMs = median(paced.quiet.map(p99))
  const holdUpMs = median(paced.reading.map(p99)) - quietMs
  const holdUpAllowedMs = Math.max(holdUpMsMax, holdUpShareMax * quietMs)
  const line = (
    figure: string,
    before: number,
    after: number,
    compared: number,
    target = '',
    isMet?: boolean,
  ): Line => ({ engine, figure, small: before, big: after, compared, target, isMet })
  const ofWebhooks = (
    figure: string,
    runs: typeof paced,
    read: (run: WebhookRun) => number,
  ): Line => {
    const [before, after] = [median(runs.quiet.map(read)), median(runs.reading.map(read))]
    return line(figure, before, after, after / before)
  }
  return [
    line(
      `start to ready, ms: ${smallFactCount} facts | ${factCount}`,
      smallMs,
      bigMs,
      startRatio,
      `<= ${startRatioMax} x`,
      startRatio <= startRatioMax,
    ),
    line(
      `facts/s at ${callers}: empty | ${factCount}`,
      median(emptyRuns.map((run) => run.perSecond)),
      median(bigRuns.map((run) => run.perSecond)),
      rateRatio,
      `>= ${rateRatioMin} x`,
      rateRatio >= rateRatioMin,
    ),
    line('the same, CPU us/fact here', cpu(emptyRuns), cpu(bigRuns), cpu(bigRuns) / cpu(emptyRuns)),
    line(
      `webhook p99 ms at ${webhooksPerSecond}/s: quiet | pages being read`,
      quietMs,
      quietMs + holdUpMs,
      holdUpMs,
      `<= ${round(holdUpAllowedMs)} ms more`,
      holdUpMs <= holdUpAllowedMs,
    ),
    ofWebhooks('the same, p50', paced, ({ latencyMs }) => latencyMs.p50),
    ofWebhooks('the same, longest', paced, ({ latencyMs }) => latencyMs.max),
    ofWebhooks('pages/s meanwhile', paced, ({ pagesPerSecond }) => pagesPerSecond),
    ofWebhooks('webhooks/s at 64 connections', fast, ({ perSecond }) => perSecond),
    ofWebhooks('pages/s meanwhile', fast, ({ pagesPerSecond }) => pagesPerSecond),
  ]
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN

const tell = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

const isEngine = (name: string): name is EngineName => name in engines

const lines: Line[] = []
for (const engine of values.engine.filter(isEngine)) lines.push(...(await measure(engine)))
// biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
console.table(
  lines.map(({ small, big, compared, isMet, ...line }) => ({
    ...line,
    before: round(small),
    after: round(big),
    compared: Number.isFinite(compared) ? round(compared) : '',
    met: isMet === undefined ? '' : isMet ? 'yes' : 'MISSED',
  })),
)
process.exit(lines.some(({ isMet }) => isMet === false) ? 1 : 0)

function round(value: number): number {
  return Number(value.toPrecision(value < 100 ? 3 : 5))
}
