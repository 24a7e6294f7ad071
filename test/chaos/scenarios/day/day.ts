import { freePort } from '../../../support/loopback.ts'
import { pidOf } from '../../../support/process-usage.ts'
import { until } from '../../../support/until.ts'
import type { Scenario } from '../../harness/scenario.ts'
import { createTestBed } from '../../harness/test-bed.ts'
import { countRequests, requestsPerRound, roundMs, workADay } from './day-load.ts'
import { type Growth, measureGrowth, type Slope } from './measure-growth.ts'
import { watchProcess } from './process-watch.ts'
import { receivePushes } from './pushes.ts'

/** Limits of the whole day. A shorter run is mostly warm-up: its figures are shown and held against no limit. */
const megabytesPer100kMax = 1
const descriptorsMax = 5
const loopDelayMsMax = 50
const roundsMin = 1_000
/** A push that was due while one was under way is left out. */
const pushShareMin = 0.9

/** An eight-hour day in 20 minutes: 432,000 requests, 5,760 scrapes, 1,440 pushes and 1,440 posts. */
export const day: Scenario = {
  name: 'day',
  summary:
    'a day of eight hours in 20 minutes: memory, descriptors and the event loop stay as they are',
  engines: ['sqlite', 'postgres'],
  rounds: { small: 30, full: 1_440 },
  isOnlyNamed: true,
  isTimed: true,
  missing: () => (process.platform === 'linux' ? undefined : 'it reads /proc, which Linux has'),
  run: async (chaos) => {
    const { rounds, stack, random } = chaos
    const bed = await createTestBed(chaos)
    const pushes = await receivePushes(stack)
    const inspectorPort = await freePort()
    const service = await bed.startAlone({
      environment: {
        NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}`,
        API_RATE_LIMIT: '1000000',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${pushes.url}/v1/metrics`,
        OTEL_METRIC_EXPORT_INTERVAL: `${Math.floor(roundMs)}`,
      },
    })
    const { metricsUrl } = service
    const campaignId = await bed.createCampaign()
    const watch = watchProcess({
      pid: pidOf(service),
      inspectorPort,
      metricsUrl,
      countRequests: () => countRequests(bed),
    })
    const startedAt = performance.now()
    const refused = await workADay(bed, { campaignId, metricsUrl, rounds, random })
    const minutes = (performance.now() - startedAt) / 60_000
    const growth = measureGrowth(await watch.stop())
    const pushed = pushes.count
    const violations = [...refused, ...(await bed.rest([metricsUrl])), ...pushes.falls]
    violations.push(...(await comparePushes(bed, pushes)))
    if (pushed < pushShareMin * rounds) violations.push(`only ${pushed} pushes in ${rounds} rounds`)
    if (rounds >= roundsMin) violations.push(...compareWithLimits(growth))
    const exitCode = await service.end('SIGTERM')
    if (exitCode !== 0) violations.push(`the stop ended with ${exitCode}`)
    return {
      figures: {
        requests: countRequests(bed),
        'planned requests': rounds * requestsPerRound,
        scrapes: bed.scrapes.pages,
        pushes: pushed,
        posts: bed.acknowledged.posts.size,
        acknowledged: bed.acknowledged.size,
        minutes: rounded(minutes),
        'MB held more per 100,000 requests': describeSlope(growth.held),
        'MB resident more per 100,000 requests': describeSlope(growth.resident),
        'MB resident at most': rounded(growth.residentMegabytesMax),
        'descriptors more': growth.descriptors,
        'worst event loop p99 in ms': rounded(growth.loopDelayMsMax),
        samples: growth.samples,
      },
      violations,
    }
  },
}

function compareWithLimits({ held, resident, descriptors, loopDelayMsMax: delayMs }: Growth) {
  const broken: string[] = []
  // NaN is broken too.
  if (!(held.megabytesPer100k < megabytesPer100kMax))
    broken.push(`what is held grew by ${describeSlope(held)} MB per 100,000 requests`)
  if (!(resident.megabytesPer100k - 2 * resident.error < megabytesPer100kMax))
    broken.push(`what is resident grew by ${describeSlope(resident)} MB per 100,000 requests`)
  if (!(descriptors <= descriptorsMax)) broken.push(`${descriptors} descriptors more than before`)
  if (!(delayMs < loopDelayMsMax))
    broken.push(`the event loop's p99 was ${rounded(delayMs)} ms at worst`)
  return broken
}

/** The backend must come to hold the committed totals. */
async function comparePushes(
  { place }: Awaited<ReturnType<typeof createTestBed>>,
  { last }: Awaited<ReturnType<typeof receivePushes>>,
): Promise<readonly string[]> {
  const { totals } = await place.readBooks()
  const isBehind = ([series, total]: readonly [string, number]) => last.get(series) !== total
  await until('the last push', () => ![...totals].some(isBehind), 15_000).catch(() => undefined)
  return [...totals]
    .filter(isBehind)
    .map(([series, total]) => `${series}: ${last.get(series)} pushed, ${total} in totals`)
}

function describeSlope({ megabytesPer100k, error }: Slope): string {
  return `${rounded(megabytesPer100k)} (± ${rounded(error)})`
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
