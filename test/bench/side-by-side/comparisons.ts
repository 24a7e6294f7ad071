import { memoryPoints } from './measure-memory.ts'
import type { BenchRun } from './run-file.ts'
import type { Selection } from './select-samples.ts'

/** A figure of ours beside another on the same work, and what is asked of it. */
export interface Comparison {
  readonly title: string
  readonly figure: string
  readonly ours: Selection
  /** Beside nothing: the figure itself is what counts. */
  readonly beside?: Selection
  readonly as: 'ratio' | 'difference' | 'value'
  readonly atLeast?: number
  readonly atMost?: number
}

/** What the service is held against; the targets are those that were set for it. */
export function comparisonsOf({ options }: BenchRun): readonly Comparison[] {
  return [
    ...rateComparisons(),
    ...waitComparisons(),
    ...costComparisons(),
    ...growthComparisons(options),
  ]
}

function rate(
  title: string,
  subject: string,
  beside: string,
  connections: number,
  atLeast: number,
): Comparison {
  const of = (name: string) => ({ table: 'webhooks', subject: name, conditions: { connections } })
  const figure = 'perSecond'
  return { title, figure, ours: of(subject), beside: of(beside), as: 'ratio', atLeast }
}

function rateComparisons(): readonly Comparison[] {
  const [sqlite, postgres] = ['countinghouse-sqlite', 'countinghouse-postgres'] as const
  const checked = 'hono-construct-event'
  return [
    rate('webhooks ÷ Hono + constructEvent, SQLite, 64 connections', sqlite, checked, 64, 1.05),
    rate('webhooks ÷ raw Node + HMAC, SQLite, 64 connections', sqlite, 'raw-node-hmac', 64, 0.65),
    rate(
      'webhooks ÷ Hono + constructEvent, PostgreSQL, 64 connections',
      postgres,
      checked,
      64,
      0.9,
    ),
    rate(
      'webhooks ÷ Hono + constructEvent, PostgreSQL, 256 connections',
      postgres,
      checked,
      256,
      1,
    ),
    rate('webhooks ÷ the usual way, SQLite, 64 connections', sqlite, 'usual-way-sqlite', 64, 6),
    rate(
      'webhooks ÷ the usual way, PostgreSQL, 64 connections',
      postgres,
      'usual-way-postgres',
      64,
      2.8,
    ),
    rate(
      'webhooks ÷ stripe-sync-engine, PostgreSQL, 64 connections',
      postgres,
      'stripe-sync-engine',
      64,
      6,
    ),
  ]
}

const engines = [
  { engine: 'SQLite', subject: 'countinghouse-sqlite', waitMax: 2 },
  { engine: 'PostgreSQL', subject: 'countinghouse-postgres', waitMax: 4 },
] as const

function waitComparisons(): readonly Comparison[] {
  return engines.flatMap(({ engine, subject, waitMax }): readonly Comparison[] => [
    {
      title: `p99 at half of the top rate ÷ Hono + constructEvent's, ${engine}`,
      figure: 'p99Ms',
      ours: { table: 'latency', subject },
      beside: { table: 'latency', subject: 'hono-construct-event' },
      as: 'ratio',
      atMost: waitMax,
    },
    {
      title: `p99 of /metrics under full load, ms, ${engine}`,
      figure: 'p99Ms',
      ours: { table: 'scrape', subject, conditions: { connections: 64 } },
      as: 'value',
      atMost: 30,
    },
    {
      title: `checkout − the bare Stripe call, ms, ${engine}`,
      figure: 'p50Ms',
      ours: { table: 'checkout', subject },
      beside: { table: 'checkout', subject: 'stripe-call' },
      as: 'difference',
      atMost: 1,
    },
  ])
}

function costComparisons(): readonly Comparison[] {
  const idle = (title: string, subject: string, figure: string, atMost: number): Comparison => ({
    title,
    figure,
    ours: { table: 'start', subject },
    as: 'value',
    atMost,
  })
  return [
    {
      title: 'the counters per fact, 64 facts a commit ÷ prom-client inc',
      figure: 'nanoseconds',
      ours: { table: 'counters', subject: 'countinghouse', conditions: { factsPerCommit: 64 } },
      beside: { table: 'counters', subject: 'prom-client', conditions: { factsPerCommit: 1 } },
      as: 'ratio',
      atMost: 1,
    },
    idle('start to ready, ms, SQLite', 'countinghouse-sqlite', 'readyMs', 250),
    idle('idle memory, MB, SQLite', 'countinghouse-sqlite', 'idleMegabytes', 110),
    idle('idle memory, MB, emulator', 'countinghouse-emulator', 'idleMegabytes', 120),
  ]
}

function growthComparisons({ webhooks, facts }: BenchRun['options']): readonly Comparison[] {
  const [few, many] = memoryPoints(webhooks)
  const [small = 0, big = 0] = [facts.at(0), facts.at(-1)]
  return engines.flatMap(({ engine, subject }): readonly Comparison[] => {
    const after = (count: number) => ({ table: 'memory', subject, conditions: { webhooks: count } })
    const at = (count: number) => ({ table: 'growth', subject, conditions: { facts: count } })
    const grown = { ours: at(big), beside: at(small), as: 'ratio' } as const
    const sizes = `${spell(big)} facts ÷ ${spell(small)}, ${engine}`
    return [
      {
        title: `memory after ${spell(many)} webhooks ÷ after ${spell(few)}, ${engine}`,
        figure: 'residentMb',
        ours: after(many),
        beside: after(few),
        as: 'ratio',
        atMost: 1.05,
      },
      { title: `facts recorded per second, ${sizes}`, figure: 'perSecond', ...grown, atLeast: 0.9 },
      { title: `restore, ${sizes}`, figure: 'restoreMs', ...grown, atMost: 1.1 },
      { title: `start to ready, ${sizes}`, figure: 'readyMs', ...grown, atMost: 1.1 },
    ]
  })
}

function spell(count: number): string {
  return count.toLocaleString('en')
}
