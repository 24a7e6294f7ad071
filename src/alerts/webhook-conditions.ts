import type { AlertCondition } from './condition.ts'

const minuteMs = 60_000

export const rejectionWindowMs = 15 * minuteMs
const rejectionsMin = 3
export const rejectedName = 'StripeWebhookRejected'

const requests = 'http_server_request_duration_seconds_count'
const failed = `${requests}{http_route="/webhooks/stripe",http_response_status_code=~"4..|5.."}`
const windowMinutes = rejectionWindowMs / minuteMs

const rejected: AlertCondition = {
  name: rejectedName,
  severity: 'critical',
  forMs: 0,
  keepFiringMs: rejectionWindowMs,
  summary: "Stripe's webhooks are rejected.",
  advice: 'The reason, with what to do, is on the page and in the output of "npm run doctor".',
  page: '/trust',
  rule: {
    alert: rejectedName,
    // A series begins with its first request, which `increase` does not count.
    expr: `sum by (job) (
      (${failed} unless ${failed} offset ${windowMinutes}m)
        and on (job, instance) (process_uptime_seconds < ${windowMinutes} * 60 or process_uptime_seconds offset ${windowMinutes}m)
      or increase(${failed}[${windowMinutes}m])
    ) > ${rejectionsMin - 0.5}`,
  },
  find: ({ rejectedCount }) =>
    rejectedCount < rejectionsMin
      ? undefined
      : `${rejectedCount} webhooks from Stripe were rejected within ${windowMinutes} minutes.`,
}

export const silenceMs = 120 * minuteMs
export const paymentsMin = 3

const silenceHours = silenceMs / (60 * minuteMs)

const silent: AlertCondition = {
  name: 'StripeWebhooksSilent',
  severity: 'warning',
  forMs: 10 * minuteMs,
  keepFiringMs: 0,
  summary: 'No webhooks arrive; only the sweep finds payments.',
  advice:
    'Check in Stripe\'s dashboard that the webhook endpoint exists, is enabled and has your address, and run "npm run doctor".',
  page: '/trust',
  rule: {
    alert: 'StripeWebhooksSilent',
    expr: `sum by (job) (increase(billing_payments_total[${silenceHours}h])) > ${paymentsMin - 0.5}
      unless on (job) time() - max by (job) (countinghouse_last_webhook_timestamp_seconds) < ${silenceMs / 1000}`,
  },
  find: ({ recentPaymentCount, health: { webhookAcceptedAt }, now }) =>
    recentPaymentCount < paymentsMin ||
    (webhookAcceptedAt !== null && now - webhookAcceptedAt < silenceMs)
      ? undefined
      : `Payments or refunds were recorded within ${silenceHours} hours, but no webhook was accepted.`,
}

/** Whether Stripe's webhooks arrive and are accepted. */
export const webhookConditions: readonly AlertCondition[] = [rejected, silent]
