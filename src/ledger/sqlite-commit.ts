import type { DatabaseSync } from 'node:sqlite'
import type { CounterName, Fact, Total } from './fact.ts'

export interface CommitOutcome {
  /** For each fact, in order, whether it was new. */
  readonly isNew: readonly boolean[]
  /** The totals that moved, as committed. */
  readonly totals: readonly Total[]
}

/** The ledger's one hot statement, for SQLite. Synchronous: nothing else runs in between. */
export interface SqliteCommit {
  /** One transaction of its own. */
  commit(facts: readonly Fact[], recordedAt: number): CommitOutcome
  /** The same inside a transaction that the caller has open on this connection. */
  write(facts: readonly Fact[], recordedAt: number): CommitOutcome
}

const hourMs = 3_600_000

export const createSqliteCommit = (database: DatabaseSync): SqliteCommit => {
  const insertFact = database.prepare(`
    insert into facts (key, counter, label, occurred_at, recorded_at, source, evidence, amount_minor, currency)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (key) do nothing`)
  const addToTotal = database.prepare(`
    insert into totals (counter, label, stripe, total) values (?, ?, 0, ?)
    on conflict (counter, label, stripe) do update set total = total + excluded.total returning total`)
  const addToHour = database.prepare(`
    insert into hourly (counter, label, currency, hour, stripe, count, amount_minor)
    values (?, ?, ?, ?, 0, ?, ?)
    on conflict (hour, counter, label, currency, stripe) do update
    set count = count + excluded.count, amount_minor = amount_minor + excluded.amount_minor`)
  const begin = database.prepare('begin immediate')
  const commit = database.prepare('commit')
  const rollback = database.prepare('rollback')

  const insertNew = (fact: Fact, recordedAt: number): boolean =>
    insertFact.run(
      fact.key,
      fact.counter,
      fact.label,
      fact.occurredAt,
      recordedAt,
      fact.source,
      fact.evidence,
      fact.amountMinor,
      fact.currency,
    ).changes === 1

  const write = (facts: readonly Fact[], recordedAt: number): CommitOutcome => {
    const isNew = facts.map((fact) => insertNew(fact, recordedAt))
    const added = facts.filter((_, index) => isNew[index])
    const totals = [...sumByTotal(added)].map(([, { counter, label, count }]): Total => {
      const row = addToTotal.get(counter, label, count)
      return { counter, label, total: Number(row?.total) }
    })
    for (const hour of sumByHour(added).values())
      addToHour.run(
        hour.counter,
        hour.label,
        hour.currency,
        hour.hour,
        hour.count,
        hour.amountMinor,
      )
    return { isNew, totals }
  }

  return {
    write,
    commit: (facts, recordedAt) => {
      begin.run()
      try {
        const outcome = write(facts, recordedAt)
        commit.run()
        return outcome
      } catch (cause) {
        if (database.isTransaction) rollback.run()
        throw cause
      }
    },
  }
}

const sumByTotal = (facts: readonly Fact[]) => {
  const sums = new Map<string, { counter: CounterName; label: string; count: number }>()
  for (const { counter, label } of facts) {
    const key = `${counter} ${label}`
    const sum = sums.get(key)
    if (sum === undefined) sums.set(key, { counter, label, count: 1 })
    else sum.count += 1
  }
  return sums
}

const sumByHour = (facts: readonly Fact[]) => {
  const sums = new Map<
    string,
    {
      counter: string
      label: string
      currency: string
      hour: number
      count: number
      amountMinor: number
    }
  >()
  for (const fact of facts) {
    const { counter, label } = fact
    const currency = fact.currency ?? ''
    const hour = fact.occurredAt - (fact.occurredAt % hourMs)
    const key = `${hour} ${counter} ${label} ${currency}`
    const sum = sums.get(key)
    const amountMinor = fact.amountMinor ?? 0
    if (sum === undefined) sums.set(key, { counter, label, currency, hour, count: 1, amountMinor })
    else {
      sum.count += 1
      sum.amountMinor += amountMinor
    }
  }
  return sums
}
