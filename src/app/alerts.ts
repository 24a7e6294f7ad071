import { randomUUID } from 'node:crypto'
import { createOutcomeCounter } from '../../instrumentation/process/outcome-counter.ts'
import { type Alerter, createAlerter } from '../alerts/alerter.ts'
import { type CurrentReadings, readReadings } from '../alerts/readings.ts'
import { AppError } from '../errors.ts'
import type { Exposition } from '../ledger/leader/exposition.ts'
import { openChannel } from '../marketing/channels/registry.ts'
import { traceChannel } from '../marketing/channels/trace-channels.ts'
import type { SyncState } from '../stripe/sync/sync-state.ts'
import type { Core } from './core.ts'
import type { Counters } from './counters.ts'
import type { AppDependencies } from './dependencies.ts'
import type { ObservedWebhooks } from './webhooks.ts'

export interface AlertParts {
  readonly syncState: SyncState
  readonly telemetry: Counters['telemetry']
  readonly webhooks: Pick<ObservedWebhooks, 'readOutcomes'>
}

/** Creates what posts the service's own alerts, without starting it; undefined without `ALERT_CHANNEL`. */
export function openAlerts(
  { config, ledger, exposition, traces, log }: Core,
  { fetch, now, print, limits }: AppDependencies,
  { syncState, telemetry, webhooks }: AlertParts,
): Alerter | undefined {
  const { alertChannel, serviceName, publicUrl } = config
  if (alertChannel === undefined) return undefined
  const { mode, ledgerId } = ledger.identity
  const reading = {
    queries: ledger.queries,
    syncState,
    canExpose: () => exposition.canExpose,
    countNotRecorded: () => webhooks.readOutcomes().get('not_recorded') ?? 0,
  }
  const onOutcome = createOutcomeCounter(telemetry.service.meter, {
    name: 'countinghouse_alert_messages_total',
    description: 'Attempts to post a message of alerts, by what became of them.',
    outcomes: ['sent', 'retry', 'failed', 'unknown'] as const,
  })
  return createAlerter({
    ledger,
    channel: traceChannel(
      openChannel('ALERT_CHANNEL', alertChannel, { fetch, now, print }),
      traces,
    ),
    sender: { serviceName, mode, ledgerId, publicUrl },
    read: async (instant): Promise<CurrentReadings | undefined> =>
      (await hasToLook(exposition)) ? readReadings(reading, instant) : undefined,
    createId: () => randomUUID().replaceAll('-', ''),
    onOutcome,
    log,
    ...(limits === undefined ? {} : { limits }),
  })
}

/**
 * The leader looks. When a series has ended on PostgreSQL there is no leader any more, so that every replica does: of
 * those that look at the same time, the ledger lets one send.
 */
async function hasToLook(exposition: Exposition): Promise<boolean> {
  try {
    return (await exposition.applyTotals()) === 'leader'
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'ledger_fell') return true
    throw cause
  }
}
