import type { DatabaseSync } from 'node:sqlite'
import type { SqliteLedgerDatabase } from '../../database/open.ts'
import type { Fact, Total } from '../fact.ts'
import type { CommitEngine, CommitOutcome } from './engine.ts'
import { createSqliteAttempts } from './sqlite-attempts.ts'
import { sumByHour, sumByTotal } from './sum-facts.ts'

/** SQLite's primary result codes for "this can never succeed": error, too big, constraint, mismatch, range. */
const refusals: ReadonlySet<number> = new Set([1, 18, 19, 20, 25])

/** Extended codes for invalid values: too big, mismatch, range, check, not null, type. */
const unstorable: ReadonlySet<number> = new Set([18, 20, 25, 275, 1299, 3091])

/**
 * On SQLite a batch is one synchronous block on the one connection, inside Kysely's mutex: an
 * insert during another caller's open transaction would be acknowledged and then rolled back with it (measured).
 */
export function createSqliteEngine({ queries, raw, files }: SqliteLedgerDatabase): CommitEngine {
  const { insertNew, addToTotal, addToHour } = prepareStatements(raw)
  const decideKey = createSqliteAttempts(raw)
  const begin = raw.prepare('begin immediate')
  const commit = raw.prepare('commit')
  const rollback = raw.prepare('rollback')

  const write = (facts: readonly Fact[], recordedAt: number): CommitOutcome => {
    const isNew = facts.map((given) => {
      const fact = decideKey(given)
      return fact !== undefined && insertNew(fact, recordedAt)
    })
    const added = facts.filter((_, index) => isNew[index])
    const totals: Total[] = []
    for (const { counter, label, count } of sumByTotal(added))
      totals.push({ counter, label, total: Number(addToTotal.get(counter, label, count)?.total) })
    for (const { counter, label, currency, hour, count, amountMinor } of sumByHour(added))
      addToHour.run(counter, label, currency, hour, count, amountMinor)
    return { isNew, totals }
  }

  const commitNow = (facts: readonly Fact[], recordedAt: number): CommitOutcome => {
    files.check()
    begin.run()
    try {
      const outcome = write(facts, recordedAt)
      commit.run()
      files.check()
      return outcome
    } catch (cause) {
      if (raw.isTransaction) rollback.run()
      throw cause
    }
  }

  return {
    laneCount: 1,
    commit: (facts, recordedAt) =>
      queries.connection().execute(async () => commitNow(facts, recordedAt)),
    write: async (_, facts, recordedAt) => write(facts, recordedAt),
    isRefusal: (cause) => refusals.has(primaryCode(cause)),
    canNeverStore: (cause) => unstorable.has(extendedCode(cause)),
    isRetryable: () => false,
  }
}

function prepareStatements(raw: DatabaseSync) {
  const insertFact = raw.prepare(`
    insert into facts (key, counter, label, occurred_at, recorded_at, source, evidence, amount_minor, currency)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (key) do nothing`)
  const addToTotal = raw.prepare(`
    insert into totals (counter, label, shard, total) values (?, ?, 0, ?)
    on conflict (counter, label, shard) do update set total = total + excluded.total returning total`)
  const addToHour = raw.prepare(`
    insert into hourly (counter, label, currency, hour, shard, count, amount_minor)
    values (?, ?, ?, ?, 0, ?, ?)
    on conflict (hour, counter, label, currency, shard) do update
    set count = count + excluded.count, amount_minor = amount_minor + excluded.amount_minor`)

  /** Whether the fact was new. */
  const insertNew = (fact: Fact, recordedAt: number): boolean => {
    const { key, counter, label, occurredAt, source, evidence, amountMinor, currency } = fact
    const { changes } = insertFact.run(
      key,
      counter,
      label,
      occurredAt,
      recordedAt,
      source,
      evidence,
      amountMinor,
      currency,
    )
    return changes === 1
  }

  return { insertNew, addToTotal, addToHour }
}

/** SQLite's extended result code; -1 for any other error. */
function extendedCode(cause: unknown): number {
  return cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number'
    ? cause.errcode
    : -1
}

/** The low byte of the extended code; 255, which SQLite does not use, for any other error. */
function primaryCode(cause: unknown): number {
  return extendedCode(cause) & 0xff
}
