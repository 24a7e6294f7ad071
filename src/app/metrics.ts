import { randomUUID } from 'node:crypto'
import {
  type AppliedTotals,
  createAppliedTotals,
} from '../../instrumentation/business/apply-totals.ts'
import { startTelemetry, type Telemetry } from '../../instrumentation/export/meter-providers.ts'
import { createScrape } from '../../instrumentation/export/scrape.ts'
import { observeRuntime } from '../../instrumentation/process/runtime-metrics.ts'
import type { Traces } from '../../instrumentation/traces/traces.ts'
import manifest from '../../package.json' with { type: 'json' }
import type { Config } from '../config/config.ts'
import type { LedgerDatabase } from '../database/open.ts'
import { AppError, messageOf } from '../errors.ts'
import type { LedgerIdentity } from '../ledger/identity.ts'
import {
  createHighWaterMarkFile,
  fallsBelow,
  type HighWaterMarkFile,
  highWaterMarkPathOf,
} from '../ledger/leader/high-water-mark.ts'
import { keepLease } from '../ledger/leader/keep-lease.ts'
import {
  createSharedLease,
  createSoleLease,
  type Lease,
  type LeaseReading,
  pageAgeMsMax,
} from '../ledger/leader/lease.ts'
import { plansOf } from '../ledger/read/totals.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import { type Logger, withTraceIds } from '../log.ts'
import { startOtlp } from './otlp.ts'
import type { GatedServer } from './servers.ts'

export interface Counters {
  readonly telemetry: Telemetry
  readonly appliedTotals: AppliedTotals
  /** Every plan of the contract: those for sale and those that have a total. */
  readonly plans: readonly string[]
  readonly isLeader: () => boolean
  /** No-ops where no traces are sent. */
  readonly traces: Traces
  /** The log, with trace ids where there are traces. */
  readonly log: Logger
}

export interface CountersParts {
  readonly database: LedgerDatabase
  readonly ledger: Ledger
  readonly log: Logger
  readonly server: GatedServer
}

/**
 * Restores the counters to the committed totals and opens `/metrics`. From then on every scrape, and
 * on PostgreSQL a steady listening, brings them up to what the ledger holds.
 */
export async function openCounters(
  config: Config,
  { database, ledger, log, server }: CountersParts,
  stack: AsyncDisposableStack,
): Promise<Counters> {
  const processId = randomUUID()
  const telemetry = startTelemetry({
    serviceName: config.serviceName,
    serviceVersion: manifest.version,
    instanceId: processId,
    seriesId: seriesLabelOf(database, ledger.identity),
    resourceAttributes: config.resourceAttributes,
    warn: (message, detail) => log.warn({ detail }, message),
  })
  const onSale = config.plans.map(({ plan }) => plan)
  const plans = [...new Set([...onSale, ...plansOf(await ledger.readTotals())])]
  const memory =
    database.engine === 'sqlite'
      ? createHighWaterMarkFile(highWaterMarkPathOf(database.path), (message) => log.warn(message))
      : undefined
  const appliedTotals = createAppliedTotals(telemetry.business.meter, plans)
  const lostCommits = await hasLostCommits(memory, ledger)
  const lease = createLease(database, processId, ledger.identity)
  stack.defer(() => release(lease, log))
  stack.defer(() => telemetry.stop())
  stack.defer(observeRuntime(telemetry.service.meter))
  stack.defer(server.stop)

  const applyTotals = async (): Promise<boolean> => {
    if (lostCommits) throw new AppError('ledger_fell', fell)
    let reading: LeaseReading | undefined
    const stands = await appliedTotals.applyFrom(async () => {
      reading = await lease.renew()
      if (reading.hasEnded) appliedTotals.end()
      return reading.totals
    })
    if (stands) return reading?.isLeader === true
    const unwritten = await failureOf(lease.endGeneration())
    throw new AppError('ledger_fell', fell, { cause: unwritten })
  }
  await applyTotals().catch((cause: unknown) => {
    if (!(cause instanceof AppError && cause.code === 'ledger_fell')) throw cause
    log.error({ reason: cause.message }, 'the counters are not exposed')
  })
  if (database.engine === 'postgres') {
    const listener = keepLease(applyTotals, log)
    stack.defer(() => listener.stop())
  }
  const { business, service } = telemetry
  const remember = async () => memory?.write(appliedTotals.exposed(), ledger.identity.seriesId)
  const { seriesId, generationBeganAt } = ledger.identity
  const series = { instanceId: seriesId, beganAt: generationBeganAt }
  const traces = await startOtlp(config, { telemetry, series, applyTotals, remember, log }, stack)
  const onRefused = (reason: string) => log.error({ reason }, 'a scrape was refused')
  server.open(
    createScrape({
      applyTotals,
      business: business.reader,
      service: service.reader,
      pageAgeMsMax,
      remember,
      onRefused,
    }),
  )
  return {
    telemetry,
    appliedTotals,
    plans,
    isLeader: lease.isLeader,
    traces,
    log: traces.isOn ? withTraceIds(log, traces.ids) : log,
  }
}

/** Whether an earlier process showed more than the ledger holds now. */
async function hasLostCommits(
  memory: HighWaterMarkFile | undefined,
  ledger: Ledger,
): Promise<boolean> {
  const mark = await memory?.read()
  if (mark === undefined) return false
  return fallsBelow(mark, ledger.identity.seriesId, await ledger.readTotals())
}

const fell =
  'the ledger holds less than was already exposed: it lost commits. Stop every process, run "npm run recover" and start again'

/** On SQLite the page stays bare until a series had to end: one process, one target, one series. */
function seriesLabelOf(
  { engine }: LedgerDatabase,
  { generation, seriesId }: LedgerIdentity,
): string | undefined {
  return engine === 'postgres' || generation > 1 ? seriesId : undefined
}

function createLease(
  { engine, queries }: LedgerDatabase,
  processId: string,
  { generation }: LedgerIdentity,
): Lease {
  return engine === 'sqlite'
    ? createSoleLease(queries)
    : createSharedLease(queries, processId, generation, () => performance.now())
}

/** What it rejects with; the next reading tries again. */
function failureOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => undefined,
    (cause: unknown) => cause,
  )
}

async function release(lease: Lease, log: Logger): Promise<void> {
  try {
    await lease.release()
  } catch (cause) {
    log.warn(
      { reason: messageOf(cause) },
      'the lease could not be given back: it runs out by itself',
    )
  }
}
