import { fetchOnce } from '../../../support/fetch-once.ts'
import type { Random } from '../../../support/random.ts'
import { until } from '../../../support/until.ts'
import { createCallers } from '../../harness/callers.ts'
import type { ChaosRun, Scenario } from '../../harness/scenario.ts'
import { createTestBed, type ReadyService, type TestBed } from '../../harness/test-bed.ts'
import { type KeptLedger, keepLedger } from './kept-ledger.ts'

const healMsMax = 60_000
const silentMsMax = 30_000
/** From one backup: what the first recovery began may not be begun again by the second. */
const putBacks = 2

/** A ledger put back twice from one older backup: each time the series ends and a new generation begins. */
export const backup: Scenario = {
  name: 'backup',
  summary: 'a ledger is restored twice from an older backup, and recovered each time',
  engines: ['sqlite', 'postgres'],
  rounds: { small: 1, full: 6 },
  run: async (chaos) => {
    const violations: string[] = []
    const figures = { 'put back': 0, noticed: 0, 'facts lost by it': 0, 'series that ended': 0 }
    for (let round = 1; round <= chaos.rounds && violations.length === 0; round += 1) {
      const outcome = await runRound(chaos, round % 2 === 1)
      figures['put back'] += putBacks
      figures.noticed += outcome.noticed
      figures['facts lost by it'] += outcome.lostFacts
      figures['series that ended'] += outcome.ended
      violations.push(...outcome.violations.map((violation) => `round ${round}: ${violation}`))
    }
    if (figures.noticed === 0) violations.push('no replica saw that the ledger was put back')
    return { figures, violations }
  },
}

async function runRound(chaos: ChaosRun, isNoticed: boolean) {
  const { random } = chaos
  const bed = await createTestBed(chaos)
  const violations: string[] = []
  let service = await bed.startAlone()
  const callers = createCallers(bed)
  const campaignId = await bed.createCampaign()
  await callers.post(campaignId)
  await work(bed, random)
  violations.push(...(await bed.rest([service.metricsUrl])))
  await service.end('SIGTERM')
  const kept = await keepLedger(chaos, bed)

  const seriesIds = [await seriesIdOf(bed)]
  let lostFacts = 0
  let noticed = 0
  for (let time = 1; time <= putBacks; time += 1) {
    service = await bed.startAlone()
    const before = bed.acknowledged.size
    await work(bed, random)
    violations.push(...(await bed.healed([service.metricsUrl], healMsMax)))
    lostFacts += bed.acknowledged.size - before
    // Put back on another machine, nothing is left that could notice: `recover` comes first.
    if (time < putBacks && isNoticed) {
      noticed += 1
      violations.push(...(await putBackUnderIt(chaos, bed, kept, service)))
    } else {
      await service.end(random.pick(['SIGTERM', 'SIGKILL'] as const))
      await kept.putBack()
      kept.removeHighWaterMark()
    }
    const recovered = await bed.command('recover', '--yes')
    if (recovered.exitCode !== 0)
      violations.push(`recover ended with ${recovered.exitCode}: ${recovered.text}`)
    const seriesId = await seriesIdOf(bed)
    if (seriesIds.includes(seriesId)) violations.push(`the series ${seriesId} began a second time`)
    seriesIds.push(seriesId)
  }
  service = await bed.startAlone()
  violations.push(...(await bed.healed([service.metricsUrl], healMsMax)))
  await service.end('SIGTERM')
  return { violations, lostFacts, noticed, ended: seriesIds.length - 1 }
}

/** Beneath replicas on PostgreSQL; between two runs of the one process on SQLite. */
async function putBackUnderIt(
  { engine, random }: ChaosRun,
  bed: TestBed,
  kept: KeptLedger,
  running: ReadyService,
): Promise<readonly string[]> {
  let service = running
  if (engine === 'sqlite') await service.end(random.pick(['SIGTERM', 'SIGKILL'] as const))
  await kept.putBack()
  if (engine === 'sqlite') service = await bed.startAlone()
  const violations = [...(await mustBeSilent(service)), ...bed.scrapes.falls]
  await service.end('SIGTERM')
  return violations
}

function seriesIdOf(bed: TestBed): Promise<string> {
  return bed.place.readDead(async (query) => {
    const [row] = await query('select ledger_id, generation from ledger')
    return `${row?.ledger_id}-${row?.generation}`
  })
}

/** Payments and checkouts: a post that is missing from a backup is lost permanently, as `recover` reports. */
async function work(bed: TestBed, random: Random): Promise<void> {
  const callers = createCallers(bed)
  await bed.stripe.pay('success', random.integer(1, 20))
  await bed.stripe.pay('failed', random.integer(1, 5))
  await bed.stripe.pay('refunded', random.integer(1, 5))
  const page = await callers.checkout('enterprise')
  await bed.stripe.press(page, random.pick(['pay', 'decline', 'refuse'] as const))
  await bed.stripe.drained()
}

/** Once it has noticed, and it may not show a page before. */
async function mustBeSilent({ apiUrl, metricsUrl }: ReadyService): Promise<readonly string[]> {
  const violations: string[] = []
  const isSilent = async (): Promise<boolean> => {
    const page = await fetchOnce(metricsUrl)
    const text = await page.text()
    if (page.status !== 503)
      violations.push(`the page of a ledger that fell was answered ${page.status}`)
    return page.status === 503 && /lost commits[\s\S]*npm run recover/.test(text)
  }
  await until('the page to say that the ledger fell', isSilent, silentMsMax).catch(
    (cause: unknown) => violations.push(String(cause)),
  )
  const ready = await fetchOnce(new URL('/readyz', apiUrl))
  await ready.text()
  if (ready.status !== 503)
    violations.push(`/readyz of a ledger that fell was answered ${ready.status}`)
  return violations.slice(0, 2)
}
