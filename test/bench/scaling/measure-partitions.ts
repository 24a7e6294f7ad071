import { Client } from 'pg'
import { createDatabase } from '../../support/postgres.ts'
import { startPostgres } from '../../support/postgres-server.ts'
import { fillLedger } from '../fill-ledger.ts'
import { median } from '../programs.ts'
import { compareRates } from '../record-rate.ts'

export interface PartitionOptions {
  readonly factCount: number
  readonly partitionCount: number
  readonly slices: number
}

/**
 * A ledger as it is beside one whose `facts` are partitioned by hash of the key, both with so many facts: what a
 * fact takes, how fast facts are recorded, in turns, and how long the totals are counted from the facts.
 */
export async function measurePartitions({
  factCount,
  partitionCount,
  slices,
}: PartitionOptions): Promise<readonly object[]> {
  await using stack = new AsyncDisposableStack()
  const postgres = await startPostgres(stack, ['max_wal_size=8GB', 'checkpoint_timeout=30min'])
  const urls = [await createDatabase(postgres.url), await createDatabase(postgres.url)] as const
  await fillLedger({ engine: 'postgres', url: urls[0] }, factCount)
  await fillLedger({ engine: 'postgres', url: urls[1] }, factCount, partitioning(partitionCount))
  const rates = await compareRates(
    urls.map((url) => ({ engine: 'postgres' as const, url })),
    { slices, factsPerSlice: 2_000, callers: 64 },
  )
  const rows = []
  for (const [at, url] of urls.entries()) {
    const runs = rates[at] ?? []
    rows.push({
      facts: at === 0 ? 'one table' : `${partitionCount} hash partitions`,
      'bytes per fact': Math.round((await sizeOfFacts(url)) / factCount),
      'facts per second': Math.round(median(runs.map(({ perSecond }) => perSecond))),
      'service, µs each': Math.round(median(runs.map(({ cpuMicroseconds }) => cpuMicroseconds))),
    })
  }
  return rows
}

/** Replaces the empty table by one that is partitioned; everything else of the ledger stays as it is. */
function partitioning(partitionCount: number): readonly string[] {
  return [
    'alter table facts rename to unpartitioned',
    'create table facts (like unpartitioned including defaults including constraints) partition by hash (key)',
    'drop table unpartitioned',
    ...Array.from(
      { length: partitionCount },
      (_, remainder) =>
        `create table facts_${remainder} partition of facts for values with (modulus ${partitionCount}, remainder ${remainder})`,
    ),
  ]
}

/** With its indexes, in bytes. */
async function sizeOfFacts(url: string): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(
      String.raw`select sum(pg_total_relation_size(oid)) as bytes from pg_class where relname ~ '^facts(_\d+)?$'`,
    )
    return Number(rows[0]?.bytes)
  } finally {
    await client.end()
  }
}
