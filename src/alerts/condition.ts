import type { Health } from '../health/read-health.ts'

/** What the conditions look at, read from the ledger. `now` is by the ledger's clock. */
export interface AlertReadings {
  readonly health: Health
  /** False if the ledger lost commits, so that its series has ended. */
  readonly canExpose: boolean
  /** Requests to the webhook address that were not answered 200 within `rejectionWindowMs`. */
  readonly rejectedCount: number
  /** Payments and refunds that were recorded within `silenceMs`, counted up to `paymentsMin`. */
  readonly recentPaymentCount: number
  readonly now: number
}

/**
 * One red line: a row of the table that both Prometheus, by the shipped rules, and the alerter, by `find`,
 * evaluate. A test holds the rules to the table.
 */
export interface AlertCondition {
  /** Its name in messages. */
  readonly name: string
  readonly severity: 'critical' | 'warning'
  /** For how long it holds before it fires. */
  readonly forMs: number
  /** For how long it keeps firing after it held last. */
  readonly keepFiringMs: number
  readonly summary: string
  /** What to do, in a sentence. */
  readonly advice: string
  /** The operator's page that shows more. */
  readonly page: string
  readonly rule: AlertRule
  /** What is wrong, in a sentence; undefined if nothing is. Pure. */
  readonly find: (readings: AlertReadings) => string | undefined
}

interface AlertRule {
  /** The alert in `deploy/monitoring/rules` that has the same condition. */
  readonly alert: string
  /** Its expression in PromQL; line breaks do not matter. */
  readonly expr: string
}
