/** The core's files, and the narrow test files that must notice a change of each. */
export const coveredFiles: Readonly<Record<string, readonly string[]>> = {
  'instrumentation/business/apply-totals.ts': [
    'test/instrumentation/business/apply-totals.test.ts',
  ],
  'instrumentation/business/recorder.ts': ['test/instrumentation/business/recorder.test.ts'],
  'instrumentation/export/send-in-time.ts': ['test/instrumentation/export/send-in-time.test.ts'],
  'src/http/api-key.ts': ['test/http/api-key.test.ts'],
  'src/ledger/fact-key.ts': ['test/ledger/fact-key.test.ts', 'test/stripe/facts/facts.test.ts'],
  'src/ledger/leader/exposition.ts': ['test/ledger/leader/exposition.test.ts'],
  'src/ledger/leader/high-water-mark.ts': ['test/ledger/leader/high-water-mark.test.ts'],
  'src/ledger/record/batch-queue.ts': ['test/ledger/record/ledger.test.ts'],
  'src/ledger/record/failed-attempt.ts': [
    'test/ledger/record/failed-attempt.test.ts',
    'test/ledger/record/claims.test.ts',
  ],
  'src/ledger/record/sum-facts.ts': ['test/ledger/record/ledger.test.ts'],
  'src/marketing/sending/retry-policy.ts': ['test/marketing/sending/retry-policy.test.ts'],
  'src/stripe/facts/refund-or-release.ts': [
    'test/stripe/facts/refund.test.ts',
    'test/stripe/facts/refunds.test.ts',
    'test/stripe/facts/facts.test.ts',
  ],
  'src/stripe/sync/reconcile-window.ts': ['test/stripe/sync/replicas.test.ts'],
  'src/stripe/webhook/verify-signature.ts': [
    'test/stripe/webhook/verify-signature.test.ts',
    'test/stripe/webhook/signature.test.ts',
  ],
}
