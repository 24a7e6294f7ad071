import type { AlertCondition } from './condition.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** How long a condition holds before it fires, which is also the time that a new ledger has for its first run. */
const forMs = 10 * minuteMs

const leaders = 'count by (job) (countinghouse_is_leader)'
const sweptAt = 'max by (job) (countinghouse_sweep_last_success_timestamp_seconds)'
const reconciledAt = 'max by (job) (countinghouse_reconcile_last_success_timestamp_seconds)'

const sweepLateMs = 30 * minuteMs

const sweepLate: AlertCondition = {
  name: 'CountinghouseSweepLate',
  severity: 'warning',
  forMs,
  keepFiringMs: 0,
  summary: 'The event sweep is late.',
  advice: 'Run "npm run doctor" and look for the sweep in the log: its line has the reason.',
  page: '/trust',
  rule: {
    alert: 'CountinghouseSweepLate',
    expr: `${leaders} unless on (job) time() - ${sweptAt} < ${sweepLateMs / 1000}`,
  },
  find: ({ health: { sweptAt: at }, now }) =>
    isRecent(at, now, sweepLateMs)
      ? undefined
      : `No sweep has succeeded for ${sweepLateMs / minuteMs} minutes. Until one does, facts that webhooks miss are recorded late.`,
}

const nearHorizonMs = 25 * dayMs

const sweepNearHorizon: AlertCondition = {
  name: 'CountinghouseSweepNearHorizon',
  severity: 'critical',
  forMs,
  keepFiringMs: 0,
  summary: 'Stripe will soon delete events that were not swept.',
  advice: 'Run "npm run doctor" and let the sweep succeed: Stripe keeps events for 30 days.',
  page: '/trust',
  rule: {
    alert: 'CountinghouseSweepNearHorizon',
    expr: `time() - (${sweptAt} > 0) > ${nearHorizonMs / dayMs} * 86400`,
  },
  find: ({ health: { sweptAt: at }, now }) =>
    at === null || now - at <= nearHorizonMs
      ? undefined
      : `The last successful sweep was more than ${nearHorizonMs / dayMs} days ago.`,
}

const reconcileLateMs = 3 * hourMs

const reconcileLate: AlertCondition = {
  name: 'CountinghouseReconcileLate',
  severity: 'warning',
  forMs,
  keepFiringMs: 0,
  summary: 'The reconcile is late.',
  advice: 'Run "npm run doctor" and look for the reconcile in the log: its line has the reason.',
  page: '/trust',
  rule: {
    alert: 'CountinghouseReconcileLate',
    expr: `${leaders} unless on (job) time() - ${reconciledAt} < ${reconcileLateMs / hourMs} * 3600`,
  },
  find: ({ health: { reconciledAt: at }, now }) =>
    isRecent(at, now, reconcileLateMs)
      ? undefined
      : `The ledger has not been compared with Stripe for ${reconcileLateMs / hourMs} hours.`,
}

function isRecent(at: number | null, now: number, periodMs: number): boolean {
  return at !== null && now - at < periodMs
}

/** Whether the sync jobs run on time. */
export const syncConditions: readonly AlertCondition[] = [
  sweepNearHorizon,
  sweepLate,
  reconcileLate,
]
