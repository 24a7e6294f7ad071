import { statementTimeoutMsDefault } from '../database/statement-timeout.ts'
import { showFact } from '../ledger/api/schemas.ts'
import { createOneAtATime } from '../ledger/read/one-at-a-time.ts'
import { createReadFactsSince } from '../ledger/stream/facts-since.ts'
import { createFactFeed } from '../ledger/stream/feed.ts'
import { createFactStreams, type FactStreams } from '../ledger/stream/open-streams.ts'
import { describeError } from '../log.ts'
import type { Core } from './core.ts'

const streamsMax = 100

/** The streams of facts of this process, behind one reader of the ledger. */
export function openFactStreams({
  ledger,
  log,
  now,
}: Pick<Core, 'ledger' | 'log' | 'now'>): FactStreams {
  const { queries, readTotals } = ledger
  return createFactStreams({
    feed: createFactFeed({
      readTotals,
      readSince: createReadFactsSince(queries, createOneAtATime()),
      now,
      // A commit takes a statement's time at most, and a connection's before it.
      settleMs: 2 * statementTimeoutMsDefault,
    }),
    readSince: createReadFactsSince(queries, createOneAtATime(streamsMax)),
    show: showFact,
    onBroken: (cause) =>
      log.warn(
        { error: describeError(cause) },
        'a stream of facts ended: the ledger could not be read; its client resumes',
      ),
    streamsMax,
  })
}
