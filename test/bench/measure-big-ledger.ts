import type { DatabaseLocation } from '../../src/database/open.ts'
import { floodOperatorPages, openOperatorPages, readPages } from './big-pages.ts'
import { fillLedger } from './fill-ledger.ts'
import { measureTurns } from './loop-turns.ts'
import { type PageView, viewOverview } from './page-views.ts'
import { median } from './programs.ts'
import { compareRates } from './record-rate.ts'
import { compareRestores, compareStarts } from './restore-time.ts'
import { sendBesidePages, type WebhookRun } from './webhooks-beside-pages.ts'

const smallFactCount = 1_000
const callers = 64
/** Restoring may take so much longer, or so many milliseconds, which two restores of one ledger differ by. */
const restoreRatioMax = 1.1
const restoreMsMore = 5
const rateRatioMin = 0.8
/** While pages are read, a turn of the event loop may keep webhooks waiting for so long, or twice as long as on a small ledger. */
const lockMsMax = 25
/** And so long may a webhook in a hundred take, pages being read without a pause by five readers, or three times as long as alone. */
const webhookP99MsMax = 50
/** So long may the operator's page take on the server when a process shows it for the first time. */
const pageMsMax = 300

export interface BigLedgerOptions {
  readonly factCount: number
  readonly slices: number
  readonly factsPerSlice: number
  readonly rounds: number
  readonly restores: number
  readonly turnsForMs: number
  readonly webhooksPerSecond: number
  /** How many seconds of webhooks make a round. */
  readonly webhookSeconds: number
  readonly tell: (text: string) => void
}

/** One figure: of a small or quiet ledger, of the big one or of pages being read, and their ratio. */
export interface Line {
  readonly engine: string
  readonly figure: string
  readonly small: number
  readonly big: number
  readonly compared: number
  readonly target: string
  readonly isMet: boolean | undefined
  /** Whether the target is a ratio of two figures of one run, which a slow machine does not change. */
  readonly isRatio: boolean
}

/** Fills ledgers at places that `place` makes, and measures what is asked of a big one. */
export async function measureBigLedger(
  engine: string,
  place: (name: string) => Promise<DatabaseLocation>,
  options: BigLedgerOptions,
): Promise<readonly Line[]> {
  const { factCount, slices, factsPerSlice, rounds, restores, turnsForMs, tell } = options
  const { webhooksPerSecond, webhookSeconds } = options
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
  const [smallViews, bigViews] = [
    await viewOverview(small, rounds),
    await viewOverview(big, rounds),
  ]
  tell(`${engine}: the operator's page measured`)
  const pacing = {
    rounds,
    requests: webhookSeconds * webhooksPerSecond,
    perSecond: webhooksPerSecond,
  }
  const paced = await sendBesidePages(big, { ...pacing, read: readPages })
  const operated = await sendBesidePages(big, { ...pacing, read: openOperatorPages })
  const flooded = await sendBesidePages(big, { ...pacing, read: floodOperatorPages })
  const fast = await sendBesidePages(big, {
    rounds,
    requests: 4 * webhookSeconds * webhooksPerSecond,
    perSecond: undefined,
    read: readPages,
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
    isRatio = false,
  ): Line => ({ engine, figure, small: before, big: after, compared, target, isMet, isRatio })
  const ofWebhooks = (
    figure: string,
    runs: typeof paced,
    read: (run: WebhookRun) => number,
    msMax?: number,
  ): Line => {
    const [before, after] = [median(runs.quiet.map(read)), median(runs.reading.map(read))]
    const target = msMax === undefined ? '' : `<= ${msMax} ms or 3 x`
    return line(
      figure,
      before,
      after,
      after / before,
      target,
      msMax === undefined ? undefined : after <= Math.max(msMax, 3 * before),
    )
  }
  const ofViews = (figure: string, read: (view: PageView) => number): Line => {
    const [before, after] = [median(smallViews.map(read)), median(bigViews.map(read))]
    const target = `<= ${pageMsMax} ms`
    return line(figure, before, after, after / before, target, after <= pageMsMax)
  }
  return [
    line(
      `restore, ms: ${smallFactCount} facts | ${factCount}`,
      smallMs,
      bigMs,
      bigMs / smallMs,
      `<= ${restoreRatioMax} x or ${restoreMsMore} ms more`,
      bigMs <= Math.max(restoreRatioMax * smallMs, smallMs + restoreMsMore),
      true,
    ),
    line('process start to ready, ms', smallStartMs, bigStartMs, bigStartMs / smallStartMs),
    line(
      `facts/s at ${callers}: empty | ${factCount}`,
      median(emptyRuns.map((run) => run.perSecond)),
      median(bigRuns.map((run) => run.perSecond)),
      rateRatio,
      `>= ${rateRatioMin} x`,
      rateRatio >= rateRatioMin,
      true,
    ),
    line('the same, CPU us/fact here', cpu(emptyRuns), cpu(bigRuns), cpu(bigRuns) / cpu(emptyRuns)),
    line(
      `longest loop turn, ms, while pages are read: ${smallFactCount} facts | ${factCount}`,
      smallTurns.longestMs,
      bigTurns.longestMs,
      bigTurns.longestMs / smallTurns.longestMs,
      `<= ${lockMsMax} ms or 2 x`,
      bigTurns.longestMs <= Math.max(lockMsMax, 2 * smallTurns.longestMs),
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
      p99Of,
      webhookP99MsMax,
    ),
    ofWebhooks('the same, p50', paced, ({ latencyMs }) => latencyMs.p50),
    ofWebhooks('the same, longest', paced, ({ latencyMs }) => latencyMs.max),
    ofWebhooks('pages/s meanwhile', paced, ({ pagesPerSecond }) => pagesPerSecond),
    ofViews("the operator's page, first view of a process, ms", ({ firstMs }) => firstMs),
    ofViews('the same, its next view', ({ nextMs }) => nextMs),
    ofWebhooks(
      `webhook p99, ms, at ${webhooksPerSecond}/s: quiet | five operators' pages live`,
      operated,
      p99Of,
      webhookP99MsMax,
    ),
    ofWebhooks('the same, p50', operated, ({ latencyMs }) => latencyMs.p50),
    ofWebhooks('the same, longest', operated, ({ latencyMs }) => latencyMs.max),
    ofWebhooks('pages/s meanwhile', operated, ({ pagesPerSecond }) => pagesPerSecond),
    ofWebhooks('webhook p99, ms: quiet | those pages opened without a pause', flooded, p99Of),
    ofWebhooks('pages/s meanwhile', flooded, ({ pagesPerSecond }) => pagesPerSecond),
    ofWebhooks('webhooks/s at 64 connections', fast, ({ perSecond }) => perSecond),
    ofWebhooks('pages/s meanwhile', fast, ({ pagesPerSecond }) => pagesPerSecond),
  ]
}

function p99Of({ latencyMs }: WebhookRun): number {
  return latencyMs.p99
}
