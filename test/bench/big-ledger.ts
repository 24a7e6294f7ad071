import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { DatabaseLocation } from '../../src/database/open.ts'
import { createDatabase } from '../support/postgres.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { fillLedger } from './fill-ledger.ts'
import { measureTurns } from './loop-turns.ts'
import { compareRates } from './record-rate.ts'
import { compareRestores, compareStarts } from './restore-time.ts'
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
    slices: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '5' },
  },
})
const factCount = Number(values.facts)
const smallFactCount = 1_000
const callers = 64
const slices = Number(values.slices)
const rounds = Number(values.rounds)
/** Restoring may take so much longer, or so many milliseconds, which two restores of one ledger differ by. */
const restoreRatioMax = 1.1
const restoreMsMore = 5
const restores = 30
const rateRatioMin = 0.8
/** While pages are read, a turn of the event loop may keep webhooks waiting for so long, or twice as long as on a small ledger. */
const turnMsMax = 25
const turnsForMs = 8_000

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

  const [smallMs = 0, bigMs = 0] = await compareRestores([small, big], restores)
  const [smallStartMs = 0, bigStartMs = 0] = await compareStarts([small, big], rounds)
  tell(`${engine}: restores measured`)
  const [emptyRuns = [], bigRuns = []] = await compareRates([empty, big], {
    slices,
    factsPerSlice,
    callers,
  })
  tell(`${engine}: rates measured`)
  const smallTurns = await measureTurns(small, turnsForMs)
  const bigTurns = await measureTurns(big, turnsForMs)
  tell(`${engine}: turns measured`)
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

  const ratios = bigRuns.map(
    ({ perSecond }, index) => perSecond / (emptyRuns[index]?.perSecond ?? 0),
  )
  const rateRatio = median(ratios)
  const cpu = (runs: typeof bigRuns) => median(runs.map((run) => run.cpuMicroseconds))
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
      `restore, ms: ${smallFactCount} facts | ${factCount}`,
      smallMs,
      bigMs,
      bigMs / smallMs,
      `<= ${restoreRatioMax} x or ${restoreMsMore} ms more`,
      bigMs <= Math.max(restoreRatioMax * smallMs, smallMs + restoreMsMore),
    ),
    line('process start to ready, ms', smallStartMs, bigStartMs, bigStartMs / smallStartMs),
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
      `longest loop turn, ms, while pages are read: ${smallFactCount} facts | ${factCount}`,
      smallTurns.longestMs,
      bigTurns.longestMs,
      bigTurns.longestMs / smallTurns.longestMs,
      `<= ${turnMsMax} ms or 2 x`,
      bigTurns.longestMs <= Math.max(turnMsMax, 2 * smallTurns.longestMs),
    ),
    line(
      'the same, p99 of the turns that worked',
      smallTurns.p99Ms,
      bigTurns.p99Ms,
      bigTurns.p99Ms / smallTurns.p99Ms,
    ),
    ofWebhooks(
      `webhook p99, ms, at ${webhooksPerSecond}/s: quiet | pages being read`,
      paced,
      ({ latencyMs }) => latencyMs.p99,
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
