import { createRecorder } from '../../instrumentation/business/recorder.ts'
import { traceCommits } from '../../instrumentation/traces/commit-span.ts'
import type { Traces } from '../../instrumentation/traces/traces.ts'
import type { Config } from '../config/config.ts'
import type { Exposition } from '../ledger/leader/exposition.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import { type Logger, withTraceIds } from '../log.ts'
import type { StripeGateway } from '../stripe/client/gateway.ts'
import { traceGateway } from '../stripe/client/trace-gateway.ts'
import type { IngestContext } from '../stripe/facts/ingest-context.ts'
import type { AppDependencies } from './dependencies.ts'
import { createIngest } from './ingest.ts'

/** What every feature is built on, with traces if they are exported. */
export interface Core {
  readonly config: Config
  readonly ledger: Ledger
  readonly exposition: Exposition
  /** Ingests Stripe's events and objects into this ledger. */
  readonly ingest: IngestContext
  readonly gateway: StripeGateway
  readonly traces: Traces
  /** With trace ids if there are traces. */
  readonly log: Logger
  /** This process's own clock, in milliseconds. */
  readonly now: () => number
}

export interface CoreParts {
  readonly ledger: Ledger
  readonly exposition: Exposition
  readonly gateway: StripeGateway
  /** Every plan of the contract. */
  readonly plans: readonly string[]
  readonly traces: Traces
}

export function createCore(
  config: Config,
  { log, now }: AppDependencies,
  { ledger, exposition, gateway, plans, traces }: CoreParts,
): Core {
  const recorder = createRecorder({ record: traceCommits(ledger.record, traces), plans })
  const tracedGateway = traceGateway(gateway, traces)
  const { account } = config.stripe
  const tracedLog = traces.isOn ? withTraceIds(log, traces.ids) : log
  return {
    config,
    ledger,
    exposition,
    ingest: createIngest({ ledger, recorder, gateway: tracedGateway, log: tracedLog, account }),
    gateway: tracedGateway,
    traces,
    log: tracedLog,
    now,
  }
}
