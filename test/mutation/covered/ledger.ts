type Covered = Readonly<Record<string, readonly string[]>>

const totals = 'test/instrumentation/business/apply-totals.test.ts'
const scrape = 'test/instrumentation/export/scrape.test.ts'
const push = 'test/instrumentation/export/otlp-metrics.test.ts'
const pushAge = 'test/instrumentation/export/push-age.test.ts'

/** From totals to counters and to what a backend receives. */
export const instrumentationFiles: Covered = {
  'instrumentation/business/apply-totals.ts': [totals],
  'instrumentation/business/recorder.ts': ['test/instrumentation/business/recorder.test.ts'],
  'instrumentation/export/diagnostics.ts': ['test/instrumentation/export/diagnostics.test.ts'],
  'instrumentation/export/exporter-options.ts': [
    'test/instrumentation/export/exporter-options.test.ts',
  ],
  'instrumentation/export/meter-providers.ts': [
    'test/instrumentation/export/meter-providers.test.ts',
  ],
  'instrumentation/export/otlp-metrics.ts': [push, pushAge],
  'instrumentation/export/scrape.ts': [scrape],
  'instrumentation/export/send-in-time.ts': ['test/instrumentation/export/send-in-time.test.ts'],
}

const facts = 'test/ledger/api/facts.test.ts'
const stats = 'test/ledger/api/stats.test.ts'
const totalsRoute = 'test/ledger/api/totals.test.ts'
const deadLetters = 'test/ledger/api/dead-letters.test.ts'
const record = 'test/ledger/record/ledger.test.ts'
const lanes = 'test/ledger/record/lanes.test.ts'
const claims = 'test/ledger/record/claims.test.ts'
const races = 'test/ledger/record/lost-races.test.ts'
const attempt = 'test/ledger/record/failed-attempt.test.ts'
const commit = 'test/ledger/record/commit-then-check.test.ts'
const exposition = 'test/ledger/leader/exposition.test.ts'
const mark = 'test/ledger/leader/high-water-mark.test.ts'
const lease = 'test/ledger/leader/lease.test.ts'
const stream = 'test/ledger/stream/stream.test.ts'
const open = 'test/ledger/open-ledger.test.ts'

const apiFiles: Covered = {
  'src/ledger/api/csv-route.ts': ['test/ledger/api/facts-csv.test.ts'],
  'src/ledger/api/dead-letter-routes.ts': [deadLetters],
  'src/ledger/api/dead-letter-schemas.ts': [deadLetters],
  'src/ledger/api/routes.ts': [facts, stats, totalsRoute],
  'src/ledger/api/schemas.ts': [facts, stats, totalsRoute],
  'src/ledger/api/stream-route.ts': [stream],
}

const leaderFiles: Covered = {
  'src/ledger/leader/exposition.ts': [exposition],
  'src/ledger/leader/high-water-mark.ts': [mark],
  'src/ledger/leader/keep-lease.ts': ['test/ledger/leader/keep-lease.test.ts'],
  'src/ledger/leader/lease.ts': [lease],
  'src/ledger/leader/lost-file.ts': ['test/ledger/leader/lost-file.test.ts'],
  'src/ledger/leader/mark-file.ts': [mark],
  'src/ledger/leader/new-generation.ts': ['test/ledger/leader/new-generation.test.ts'],
  'src/ledger/leader/open-exposition.ts': ['test/ledger/leader/open-exposition.test.ts'],
  'src/ledger/leader/replace-file.ts': [mark, 'test/ledger/durability.test.ts'],
}

const readFiles: Covered = {
  'src/ledger/read/compare-totals.ts': ['test/ledger/read/compare-totals.test.ts'],
  'src/ledger/read/count-facts.ts': ['test/ledger/read/interval-sums.test.ts', totalsRoute],
  'src/ledger/read/export-rows.ts': ['test/ledger/read/export-rows.test.ts'],
  'src/ledger/read/facts.ts': ['test/ledger/read/facts.test.ts'],
  'src/ledger/read/has-fact.ts': ['test/ledger/read/has-fact.test.ts', commit],
  'src/ledger/read/interval-sums.ts': ['test/ledger/read/interval-sums.test.ts'],
  'src/ledger/read/merge-newest.ts': ['test/ledger/read/merge-newest.test.ts'],
  'src/ledger/read/one-at-a-time.ts': ['test/ledger/read/one-at-a-time.test.ts'],
  'src/ledger/read/own-account.ts': ['test/ledger/read/own-account.test.ts'],
  'src/ledger/read/slices.ts': ['test/ledger/read/slices.test.ts'],
  'src/ledger/read/series.ts': ['test/ledger/read/series.test.ts'],
  'src/ledger/read/stats-range.ts': ['test/ledger/read/stats-range.test.ts'],
  'src/ledger/read/stats.ts': ['test/ledger/read/stats.test.ts'],
  'src/ledger/read/totals.ts': ['test/ledger/read/totals.test.ts', totalsRoute],
}

const recordFiles: Covered = {
  'src/ledger/record/batch-queue.ts': ['test/ledger/record/batch-queue.test.ts'],
  'src/ledger/record/create-engine.ts': [record],
  'src/ledger/record/failed-attempt.ts': [attempt],
  'src/ledger/record/ledger.ts': [
    'test/ledger/record/create-ledger.test.ts',
    'test/ledger/record/before-first.test.ts',
    'test/ledger/record/retries.test.ts',
  ],
  'src/ledger/record/postgres-attempts.ts': ['test/ledger/record/postgres-attempts.test.ts'],
  'src/ledger/record/postgres-engine.ts': [record, races, lanes],
  'src/ledger/record/sqlite-attempts.ts': [claims],
  'src/ledger/record/sqlite-engine.ts': ['test/ledger/record/sqlite-engine.test.ts'],
  'src/ledger/record/sum-facts.ts': ['test/ledger/record/sum-facts.test.ts'],
  'src/ledger/record/write-probe.ts': ['test/ledger/record/write-probe.test.ts'],
}

const moves = 'test/ledger/move/move-tables.test.ts'
const targetSeal = 'test/ledger/move/target-seal.test.ts'
const refusedMoves = 'test/ledger/move/refused.test.ts'

const moveFiles: Covered = {
  'src/ledger/move/begin.ts': [moves, targetSeal, 'test/ledger/move/begin.test.ts'],
  'src/ledger/move/compare-table.ts': [refusedMoves],
  'src/ledger/move/copy-table.ts': ['test/ledger/move/copy-table.test.ts'],
  'src/ledger/move/move.ts': [moves, 'test/ledger/move/large-table.test.ts'],
  'src/ledger/move/read-pages.ts': [refusedMoves, 'test/ledger/move/copy-table.test.ts'],
  'src/ledger/move/source-seal.ts': [refusedMoves],
  'src/ledger/move/tables.ts': ['test/ledger/move/tables.test.ts'],
  'src/ledger/move/target-seal.ts': [moves, targetSeal],
}

/** The ledger: how facts get in, who exposes them, how they are read. */
export const ledgerFiles: Covered = {
  ...apiFiles,
  'src/ledger/dead-letters.ts': ['test/ledger/dead-letters.test.ts'],
  'src/ledger/fact-key.ts': ['test/ledger/fact-key.test.ts', 'test/stripe/facts/facts.test.ts'],
  'src/ledger/fact.ts': ['test/ledger/read/totals.test.ts'],
  'src/ledger/genesis.ts': ['test/ledger/genesis.test.ts'],
  'src/ledger/identity.ts': [
    open,
    'test/ledger/identity.test.ts',
    'test/ledger/identity-race.test.ts',
  ],
  ...leaderFiles,
  ...moveFiles,
  'src/ledger/prune-dead-letters.ts': ['test/ledger/prune-dead-letters.test.ts'],
  ...readFiles,
  ...recordFiles,
  'src/ledger/stream/facts-since.ts': ['test/ledger/stream/facts-since.test.ts'],
  'src/ledger/stream/feed.ts': ['test/ledger/stream/feed.test.ts'],
  'src/ledger/stream/inbox.ts': ['test/ledger/stream/inbox.test.ts'],
  'src/ledger/stream/open-streams.ts': ['test/ledger/stream/open-streams.test.ts'],
}
