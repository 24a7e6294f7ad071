import { z } from 'zod'
import { type FakeStripeApi, startFakeStripeApi } from '../../../support/fake-stripe-api.ts'
import type { ListCall, ListPath } from '../../../support/fake-stripe-lists.ts'
import { succeededCharge, succeededEvent } from '../../../support/listed-payments.ts'
import { mustBeReady, runEntry, type Service, startService } from '../../../support/service.ts'
import { until } from '../../../support/until.ts'
import { type LedgerPlace, newPlace } from '../../harness/ledger-place.ts'
import type { ChaosRun, Scenario } from '../../harness/scenario.ts'

const pageSize = 100
const killsMax = 10
const pagesPerKillMin = 8
const refusedShare = 0.2
const daySeconds = 86_400
/** Older than what an hourly reconcile reads again, and young enough for Stripe to list its events. */
const youngestSeconds = 3 * daySeconds
const oldestSeconds = 27 * daySeconds
const patienceMs = 3_600_000

/** Webhooks were down for weeks: a round is a page of events, and one of charges. */
export const backlog: Scenario = {
  name: 'backlog',
  summary:
    'a backlog of many pages under a rate limit that refuses one call in five, killed ten times',
  engines: ['sqlite', 'postgres'],
  rounds: { small: 24, full: 1_000 },
  run: async (chaos) => {
    const place = await newPlace(chaos, chaos.folder)
    const stripe = await startFakeStripeApi(chaos.stack)
    const environment = environmentOf(chaos, stripe, place)
    await beginLedger(chaos, environment)

    const tally = fill(stripe, chaos)
    const kills = await killOnTheWay(chaos, environment, place, tally)
    const service = startService(chaos.stack, { folder: chaos.folder, environment })
    await mustBeReady(service)
    await until('both jobs to end', () => haveEnded(place), patienceMs)
    const found = await examine(place, tally, chaos.rounds)
    const exitCode = await service.end('SIGTERM')
    if (exitCode !== 0) found.push(`the stop ended with ${exitCode}: ${service.errorText()}`)
    if (tally.refused === 0) found.push('no call was refused, so nothing was tried')
    return {
      figures: {
        pages: tally.reads.size,
        kills,
        'calls refused': tally.refused,
        'pages read twice': [...tally.reads.values()].filter((count) => count === 2).length,
        'read by both at once': tally.sweptWhileReconciled ? 'yes' : 'no',
      },
      violations: found,
    }
  },
}

function environmentOf(
  { metricsHost }: ChaosRun,
  stripe: FakeStripeApi,
  place: LedgerPlace,
): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: place.url,
    STRIPE_SECRET_KEY: 'sk_test_backlog',
    STRIPE_WEBHOOK_SECRET: 'whsec_backlog',
    STRIPE_API_BASE: stripe.url,
    OTEL_EXPORTER_PROMETHEUS_HOST: metricsHost,
  }
}

/** A first start, and the beginning of counting moved back before the backlog. */
async function beginLedger(
  { stack, folder }: ChaosRun,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const service = startService(stack, { folder, environment })
  await mustBeReady(service)
  await service.end('SIGTERM')
  const since = new Date(Date.now() - (oldestSeconds + daySeconds) * 1000).toISOString()
  const command = runEntry(stack, { folder, environment }, ['backfill', '--since', since])
  const exitCode = await command.exited
  if (exitCode !== 0) throw new Error(`backfill ended with ${exitCode}: ${command.errorText()}`)
}

interface Tally {
  /** How often each page that has objects was answered. */
  readonly reads: Map<string, number>
  refused: number
  /** Whether charges were listed while events still were. */
  sweptWhileReconciled: boolean
}

/** The backlog itself, and the limit. */
function fill(stripe: FakeStripeApi, { rounds, random }: ChaosRun): Tally {
  const now = Math.floor(Date.now() / 1000)
  const count = rounds * pageSize
  const created = Array.from({ length: count }, (_, index) => {
    const share = index / count
    return now - youngestSeconds - Math.floor(share * (oldestSeconds - youngestSeconds))
  })
  stripe.lists['/v1/events'] = created.map((at, index) => ({ id: `evt_${index}`, created: at }))
  stripe.lists['/v1/charges'] = created.map((at, index) => ({ id: `ch_${index}`, created: at }))
  stripe.render = ({ id, created }, path) => {
    const name = id.slice(id.indexOf('_') + 1)
    return path === '/v1/events' ? succeededEvent(name, created) : succeededCharge(name, created)
  }
  const tally: Tally = { reads: new Map(), refused: 0, sweptWhileReconciled: false }
  let last: ListPath | undefined
  stripe.answerPage = (call) => {
    if (random.chance(refusedShare)) {
      tally.refused += 1
      return { status: 429, body: { error: { type: 'rate_limit_error', message: 'too many' } } }
    }
    if (!hasObjects(call, stripe)) return undefined
    const page = `${call.path} after ${call.startingAfter ?? 'nothing'} to ${call.createdTo}`
    tally.reads.set(page, (tally.reads.get(page) ?? 0) + 1)
    tally.sweptWhileReconciled ||= last === '/v1/charges' && call.path === '/v1/events'
    last = call.path
    return undefined
  }
  return tally
}

function hasObjects({ path, createdFrom }: ListCall, { lists }: FakeStripeApi): boolean {
  const [newest] = lists[path]
  return newest !== undefined && newest.created >= createdFrom
}

/**
 * Starts the service and kills it after a random number of pages, again and again; not before each job
 * under way has committed one, since a kill may lose the page that is being read. Answers how often.
 */
async function killOnTheWay(
  { stack, folder, rounds, random }: ChaosRun,
  environment: Readonly<Record<string, string>>,
  place: LedgerPlace,
  tally: Tally,
): Promise<number> {
  const readsOf = () => [...tally.reads.values()].reduce((sum, count) => sum + count, 0)
  const wantedKills = Math.min(killsMax, Math.ceil(rounds / pagesPerKillMin))
  const step = Math.floor((2 * rounds) / (wantedKills + 1))
  let kills = 0
  while (kills < wantedKills) {
    const wanted = readsOf() + random.integer(1, step)
    const before = await readJobs(place)
    const service: Service = startService(stack, { folder, environment })
    const isFarEnough = async () =>
      readsOf() >= wanted && haveAllGotOn(before, await readJobs(place))
    await until('pages to be read', isFarEnough, patienceMs)
    await service.end('SIGKILL')
    kills += 1
  }
  return kills
}

const jobNames = ['sweep', 'reconcile']

const jobSchema = z.object({
  name: z.string(),
  succeeded_at: z.coerce.number().nullable(),
  progress: z.string().nullable(),
})

type Job = z.infer<typeof jobSchema>

function haveAllGotOn(before: readonly Job[], after: readonly Job[]): boolean {
  return jobNames.every((name) => {
    const [old, young] = [before, after].map((jobs) => jobs.find((job) => job.name === name))
    return young !== undefined && (young.succeeded_at !== null || young.progress !== old?.progress)
  })
}

function readJobs(place: LedgerPlace): Promise<readonly Job[]> {
  return place.read(async (query) => {
    const rows = await query('select name, succeeded_at, progress from sync_state')
    return rows.map((row) => jobSchema.parse(row))
  })
}

async function haveEnded(place: LedgerPlace): Promise<boolean> {
  const jobs = await readJobs(place)
  return jobNames.every((name) =>
    jobs.some((job) => job.name === name && job.succeeded_at !== null),
  )
}

async function examine(place: LedgerPlace, tally: Tally, rounds: number): Promise<string[]> {
  const { facts, totals } = await place.readBooks()
  const count = rounds * pageSize
  const total = totals.get('billing_payments_total{status="success"}')
  const often = [...tally.reads].filter(([, reads]) => reads > 2)
  return [
    ...(facts.length === count ? [] : [`${facts.length} facts of ${count}`]),
    ...(total === count ? [] : [`a total of ${total} instead of ${count}`]),
    ...(tally.reads.size === 2 * rounds ? [] : [`${tally.reads.size} pages of ${2 * rounds}`]),
    ...often.map(([page, reads]) => `${page} was read ${reads} times`),
    ...(tally.sweptWhileReconciled ? [] : ['the reconcile waited for the sweep']),
  ]
}
