type Covered = Readonly<Record<string, readonly string[]>>

const facts = 'test/stripe/facts/facts.test.ts'
const kinds = 'test/stripe/facts/payload-kinds.test.ts'
const notCounted = 'test/stripe/facts/not-counted.test.ts'
const ingested = 'test/stripe/facts/ingest-outcomes.test.ts'
const ingest = 'test/stripe/facts/ingest.test.ts'
const readers = 'test/stripe/facts/readers.test.ts'
const refund = 'test/stripe/facts/refund.test.ts'
const pure = 'test/stripe/facts/refund-or-release.test.ts'
const intents = 'test/stripe/facts/payment-intent.test.ts'

const factFiles: Covered = {
  'src/stripe/facts/ask-charge.ts': ['test/stripe/facts/ask-charge.test.ts'],
  'src/stripe/facts/charge-refunded.ts': [readers],
  'src/stripe/facts/charge.ts': [readers],
  'src/stripe/facts/checkout-session-ended.ts': [facts, notCounted],
  'src/stripe/facts/checkout-session.ts': [readers, 'test/stripe/facts/checkout-session.test.ts'],
  'src/stripe/facts/event.ts': [facts, kinds],
  'src/stripe/facts/explain-unreadable.ts': ['test/stripe/facts/explain-unreadable.test.ts'],
  'src/stripe/facts/ingest.ts': [ingested],
  'src/stripe/facts/is-ours.ts': ['test/stripe/facts/is-ours.test.ts'],
  'src/stripe/facts/object-registry.ts': [refund, facts],
  'src/stripe/facts/payment-intent-failed.ts': [readers, intents],
  'src/stripe/facts/payment-intent-succeeded.ts': [facts, kinds],
  'src/stripe/facts/payment-intent.ts': [readers, intents],
  'src/stripe/facts/read-listed.ts': ['test/stripe/facts/read-listed.test.ts'],
  'src/stripe/facts/record-stripe-fact.ts': [ingested],
  'src/stripe/facts/refund-or-release.ts': [pure, refund, facts],
  'src/stripe/facts/refund-succeeded.ts': [facts, refund],
  'src/stripe/facts/refund.ts': [pure, refund, facts],
  'src/stripe/facts/registry.ts': ['test/stripe/facts/registry.test.ts'],
  'src/stripe/facts/replay-dead-letter.ts': [ingested],
  'src/stripe/facts/stripe-fact.ts': [facts],
  'src/stripe/facts/unreadable.ts': [ingest],
}

const jobs = 'test/stripe/sync/sync-jobs.test.ts'
const replicas = 'test/stripe/sync/replicas.test.ts'
const orphansFound = 'test/stripe/sync/orphans-found.test.ts'
const orphans = 'test/stripe/sync/orphans.test.ts'
const sweptList = 'test/stripe/sync/sweep-list.test.ts'
const refusedList = 'test/stripe/sync/refused-list-record.test.ts'
const orDeadLetter = 'test/stripe/sync/or-dead-letter.test.ts'
const resolver = 'test/stripe/sync/resolve-dead-letters.test.ts'

const syncFiles: Covered = {
  'src/stripe/sync/audit-facts.ts': [orphansFound],
  'src/stripe/sync/compare.ts': ['test/stripe/sync/compare.test.ts'],
  'src/stripe/sync/dead-letter-resolver.ts': [resolver],
  'src/stripe/sync/drift-candidates.ts': ['test/stripe/sync/drift-candidates.test.ts'],
  'src/stripe/sync/drift.ts': ['test/stripe/sync/drift.test.ts'],
  'src/stripe/sync/due.ts': ['test/stripe/sync/due.test.ts'],
  'src/stripe/sync/find-orphans.ts': [orphansFound],
  'src/stripe/sync/job.ts': ['test/stripe/sync/job.test.ts'],
  'src/stripe/sync/key-set.ts': ['test/stripe/sync/key-set.test.ts'],
  'src/stripe/sync/last-webhook.ts': ['test/stripe/sync/last-webhook.test.ts'],
  'src/stripe/sync/ledger-keys.ts': ['test/stripe/sync/ledger-keys.test.ts'],
  'src/stripe/sync/look-up-object.ts': ['test/stripe/sync/look-up-object.test.ts'],
  'src/stripe/sync/next-read-start.ts': ['test/stripe/sync/next-read-start.test.ts'],
  'src/stripe/sync/or-dead-letter.ts': [orDeadLetter],
  'src/stripe/sync/page-start.ts': ['test/stripe/sync/page-start.test.ts'],
  'src/stripe/sync/reconcile-progress.ts': ['test/stripe/sync/reconcile-progress.test.ts'],
  'src/stripe/sync/reconcile-report.ts': [jobs, orphans, replicas],
  'src/stripe/sync/reconcile-run.ts': ['test/stripe/sync/reconcile-run.test.ts'],
  'src/stripe/sync/reconcile-window.ts': ['test/stripe/sync/reconcile-window.test.ts'],
  'src/stripe/sync/reconcile.ts': [
    'test/stripe/sync/reconcile.test.ts',
    'test/stripe/sync/reconcile-lists.test.ts',
  ],
  'src/stripe/sync/refused-list.ts': [refusedList],
  'src/stripe/sync/refused-webhooks.ts': ['test/stripe/sync/refused-webhooks.test.ts'],
  'src/stripe/sync/replay-events.ts': ['test/stripe/sync/replay-events.test.ts'],
  'src/stripe/sync/sweep-events.ts': ['test/stripe/sync/sweep-events.test.ts'],
  'src/stripe/sync/sweep-list.ts': [sweptList],
  'src/stripe/sync/sweep-progress.ts': ['test/stripe/sync/sweep-progress.test.ts'],
  'src/stripe/sync/sync-jobs.ts': [
    'test/stripe/sync/sync-jobs-schedule.test.ts',
    'test/stripe/sync/sync-jobs-told.test.ts',
  ],
  'src/stripe/sync/sync-state.ts': ['test/stripe/sync/sync-state.test.ts'],
}

/** What Stripe reports, and the jobs that find what its webhooks did not. */
export const stripeFiles: Covered = {
  ...factFiles,
  ...syncFiles,
  'src/stripe/webhook/verify-signature.ts': ['test/stripe/webhook/verify-signature.test.ts'],
}
