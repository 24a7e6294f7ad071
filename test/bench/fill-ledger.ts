import { sql } from 'kysely'
import { Client } from 'pg'
import { migrate } from '../../src/database/migrate.ts'
import { type DatabaseLocation, openDatabase } from '../../src/database/open.ts'
import { openSqlite } from '../../src/database/open-sqlite.ts'
import { openIdentity } from '../../src/ledger/identity.ts'

/** The ledgers of the benchmark began a year before now. */
const spanMs = 365 * 86_400_000
const factsPerStatement = 250_000

/** Carries out statements, however long they take. */
interface Database {
  run(statement: string): Promise<void>
  close(): Promise<void>
}

/**
 * Makes a ledger that has recorded `factCount` facts, evenly over a year, in the proportions of a shop:
 * keys shaped like Stripe's (the time first, then chance), totals and hourly sums that agree with them.
 * `reshaping` are statements that change the empty tables first.
 */
export async function fillLedger(
  location: DatabaseLocation,
  factCount: number,
  reshaping: readonly string[] = [],
): Promise<void> {
  const began = Math.floor((Date.now() - spanMs) / 1000) * 1000
  const ledger = await openDatabase(location)
  try {
    await migrate(ledger.queries, ledger.engine)
    await openIdentity(ledger.queries, {
      mode: 'test',
      account: null,
      clock: () => sql<number>`${began}`,
      stripeNow: began,
      createLedgerId: () => 'bigledger',
    })
  } finally {
    await ledger.close()
  }
  const database =
    location.engine === 'sqlite' ? openFile(location.path) : await openServer(location.url)
  const { before, series, after } = dialects[location.engine]
  try {
    for (const statement of [...reshaping, ...before]) await database.run(statement)
    for (let first = 0; first < factCount; first += factsPerStatement) {
      const last = Math.min(first + factsPerStatement, factCount) - 1
      await database.run(
        insertFacts(location.engine, series(first, last), began, spanMs / factCount),
      )
    }
    await database.run(`insert into totals (counter, label, shard, total)
      select counter, label, 0, count(*) from facts group by counter, label`)
    await database.run(`insert into hourly (counter, label, currency, hour, shard, count, amount_minor)
      select counter, label, coalesce(currency, ''), occurred_at - occurred_at % 3600000, 0, count(*),
        coalesce(sum(amount_minor), 0)
      from facts group by 1, 2, 3, 4`)
    for (const statement of after) await database.run(statement)
  } finally {
    await database.close()
  }
}

function openFile(path: string): Database {
  const file = openSqlite(path, 'normal')
  return {
    run: async (statement) => file.exec(statement),
    close: async () => file.close(),
  }
}

async function openServer(url: string): Promise<Database> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return {
    run: async (statement) => {
      await client.query(statement)
    },
    close: () => client.end(),
  }
}

const dialects = {
  sqlite: {
    before: ['pragma cache_size = -1000000', 'pragma synchronous = off'],
    series: (first: number, last: number) =>
      `with recursive series(i) as (select ${first} union all select i + 1 from series where i < ${last})`,
    random: 'lower(hex(randomblob(8)))',
    after: ['pragma wal_checkpoint(truncate)'],
  },
  postgres: {
    before: [
      `set maintenance_work_mem = '512MB'`,
      'alter table facts drop constraint if exists facts_pkey',
      'drop index if exists facts_by_series',
    ],
    series: (first: number, last: number) =>
      `with series(i) as (select generate_series(${first}::bigint, ${last}))`,
    random: 'substr(md5(random()::text), 1, 16)',
    after: [
      'alter table facts add primary key (key)',
      'create index facts_by_series on facts (counter, label, recorded_at, key)',
      'vacuum analyze',
      'checkpoint',
    ],
  },
} as const

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Eight digits to the base of 62, as in Stripe's ids. */
const timeText = [7, 6, 5, 4, 3, 2, 1, 0]
  .map((digit) => `substr('${alphabet}', cast(1 + (ms / ${62 ** digit}) % 62 as integer), 1)`)
  .join(' || ')

/** Of a hundred facts 70 are successes, 12 failures, 8 refunds, 9 checkouts and one a post. */
function insertFacts(
  engine: keyof typeof dialects,
  series: string,
  began: number,
  stepMs: number,
): string {
  return `
  insert into facts
    (key, counter, label, occurred_at, recorded_at, source, evidence, amount_minor, currency)
  ${series},
  timed as (
    select i % 100 as kind, cast(${began} + i * ${stepMs} as ${engine === 'sqlite' ? 'integer' : 'bigint'}) as ms,
      ${dialects[engine].random} as chance from series
  ),
  named as (select kind, ms, '3' || ${timeText} || chance as id from timed)
  select
    case when kind < 70 then 'payment:success:pi_' when kind < 82 then 'payment:failed:ch_'
      when kind < 90 then 'payment:refunded:re_' when kind < 99 then 'checkout:cs_live_'
      else 'post:campaign_demo:' end || id,
    case when kind < 90 then 'billing_payments_total'
      when kind < 99 then 'billing_checkout_started_total' else 'marketing_posts_total' end,
    case when kind < 70 then 'success' when kind < 82 then 'failed' when kind < 90 then 'refunded'
      when kind < 93 then 'starter' when kind < 97 then 'professional' when kind < 99 then 'enterprise'
      else '' end,
    ms, ms + 1500,
    case when kind < 90 then 'webhook' when kind < 99 then 'api' else 'schedule' end,
    'evt_' || id,
    case when kind < 90 then 1900 + kind * 100 end,
    case when kind < 90 then 'usd' end
  from named`
}
