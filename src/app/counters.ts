import { randomUUID } from 'node:crypto'
import { createAppliedTotals } from '../../instrumentation/business/apply-totals.ts'
import { startTelemetry, type Telemetry } from '../../instrumentation/export/meter-providers.ts'
import { createScrape } from '../../instrumentation/export/scrape.ts'
import { observeRuntime } from '../../instrumentation/process/runtime-metrics.ts'
import manifest from '../../package.json' with { type: 'json' }
import type { Config } from '../config/config.ts'
import type { LedgerDatabase } from '../database/open.ts'
import type { LedgerIdentity } from '../ledger/identity.ts'
import type { AppliedTotals, Exposition } from '../ledger/leader/exposition.ts'
import { plansOf, readTotals } from '../ledger/read/totals.ts'
import type { Logger } from '../log.ts'
import type { AppDependencies } from './dependencies.ts'

export interface Counters {
  readonly telemetry: Telemetry
  /** The resource attributes of this process. */
  readonly processId: string
  /** The three counters, at 0 until the committed totals are applied to them. */
  readonly appliedTotals: AppliedTotals
  /** Every plan of the contract: those for sale and those with a total. */
  readonly plans: readonly string[]
  readonly stop: () => Promise<void>
}

/** Creates the counters of this ledger and the metrics of this process. Nothing is exposed yet. */
export async function openCounters(
  config: Config,
  { log }: AppDependencies,
  database: LedgerDatabase,
  identity: LedgerIdentity,
): Promise<Counters> {
  const onSale = config.plans.map(({ plan }) => plan)
  const plans = [...new Set([...onSale, ...plansOf(await readTotals(database.queries))])]
  const processId = randomUUID()
  const telemetry = startTelemetry({
    serviceName: config.serviceName,
    serviceVersion: manifest.version,
    instanceId: processId,
    seriesId: seriesLabelOf(database, identity),
    resourceAttributes: config.resourceAttributes,
    warn: (message, detail) => log.warn({ detail }, message),
    diagnostics: config.diagnostics,
  })
  const appliedTotals = createAppliedTotals(telemetry.business.meter, plans)
  const stopObserving = observeRuntime(telemetry.service.meter)
  const stop = async () => {
    stopObserving()
    await telemetry.stop()
  }
  return { telemetry, processId, appliedTotals, plans, stop }
}

/** The handler of `/metrics`. */
export function scrapeOf(
  { metrics }: Config,
  { telemetry }: Counters,
  exposition: Exposition,
  log: Logger,
) {
  return createScrape({
    exposition,
    business: telemetry.business.reader,
    service: telemetry.service.reader,
    offReason: metrics.offReason,
    onRefused: (reason) => log.error({ reason }, 'a scrape was refused'),
  })
}

/** On SQLite, series have no extra label until a generation had to end: one process is one target. */
function seriesLabelOf(
  { engine }: LedgerDatabase,
  { generation, seriesId }: LedgerIdentity,
): string | undefined {
  return engine === 'postgres' || generation > 1 ? seriesId : undefined
}
