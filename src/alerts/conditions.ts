import type { AlertCondition } from './condition.ts'
import { countAlert } from './count-alert.ts'
import { syncConditions } from './sync-conditions.ts'
import { webhookConditions } from './webhook-conditions.ts'

const secondMs = 1_000

/**
 * A ledger that lost commits. `/metrics` then answers 503, so that Prometheus sees a service that is down; here the
 * service itself knows why.
 */
const seriesEnded: AlertCondition = {
  name: 'CountinghouseSeriesEnded',
  severity: 'critical',
  forMs: 120 * secondMs,
  keepFiringMs: 0,
  summary: 'The series of the counters has ended.',
  advice:
    'Stop every process, run "npm run recover" and start again. Then run "npm run verify -- --since 30d".',
  page: '/trust',
  rule: { alert: 'CountinghouseDown', expr: 'max by (job) (up{job=~"countinghouse(-.+)?"}) == 0' },
  find: ({ canExpose }) =>
    canExpose
      ? undefined
      : 'The ledger holds less than was already exposed, so the counters are not exposed any more.',
}

const drift = countAlert({
  name: 'CountinghouseDrift',
  gauge: 'countinghouse_drift_facts',
  count: ({ driftCount }) => driftCount,
  summary: 'The reconcile found facts that were missing.',
  detail: (count) =>
    `Facts of the last reconcile that neither a webhook nor the sweep had delivered: ${count}. They are recorded now.`,
  advice: 'Check that the webhook endpoint was reachable at that time, and run "npm run doctor".',
  page: '/trust',
})

const deadLetters = countAlert({
  name: 'CountinghouseDeadLetters',
  gauge: 'countinghouse_dead_letters',
  count: ({ deadLetterCount }) => deadLetterCount,
  summary: 'There are dead letters.',
  detail: (count) =>
    `Events or objects from Stripe that could not be read: ${count}. They are not counted.`,
  advice: 'Read their reasons, put the cause right, then replay or dismiss them.',
  page: '/dead-letters',
})

const unknownPosts = countAlert({
  name: 'CountinghouseUnknownPosts',
  gauge: 'countinghouse_unknown_posts',
  count: ({ unknownPostCount }) => unknownPostCount,
  summary: 'The outcome of a post is unknown.',
  detail: (count) =>
    `Posts with an unknown outcome: ${count}. They are not counted and not sent again until somebody resolves them.`,
  advice: 'Look whether they appeared in the channel, and resolve each as sent or failed.',
  page: '/posts?state=unknown',
})

/** Everything that the alerter watches, in the order of a message. */
export const alertConditions: readonly AlertCondition[] = [
  seriesEnded,
  ...webhookConditions,
  ...syncConditions,
  drift,
  deadLetters,
  unknownPosts,
]
