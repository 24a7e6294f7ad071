/** How a table shows what was measured: a row for each subject, a column for each condition and cell. */
export interface TableLayout {
  readonly title: string
  /** What the numbers of a condition are called in a column's head; without it each is a row of its own. */
  readonly spread?: (value: number) => string
  /** The text of each cell by its column, from the medians. */
  readonly cells: (figures: Readonly<Record<string, number>>) => Readonly<Record<string, string>>
  /** Names of subjects that are no peers. */
  readonly subjects?: Readonly<Record<string, string>>
}

/** The tables in the order in which they are shown. */
export const tableLayouts: Readonly<Record<string, TableLayout>> = {
  webhooks: {
    title: 'Webhooks per second (CPU of the server + of PostgreSQL, µs each)',
    spread: (connections) => (connections === 1 ? '1 connection' : `${connections} connections`),
    cells: ({ perSecond = 0, serverCpuUs = 0, databaseCpuUs = 0 }) => ({
      '': `${whole(perSecond)} (${whole(serverCpuUs)}${databaseCpuUs > 0 ? ` + ${whole(databaseCpuUs)}` : ''})`,
    }),
  },
  latency: {
    title: 'How long a webhook takes at half of the own top rate, 64 connections',
    cells: ({ perSecond = 0, p50Ms = 0, p99Ms = 0, maxMs = 0 }) => ({
      'sent per second': whole(perSecond),
      'p50, ms': short(p50Ms),
      'p99, ms': short(p99Ms),
      'longest, ms': short(maxMs),
    }),
  },
  scrape: {
    title: 'A scrape of `/metrics`',
    spread: (connections) => (connections === 0 ? 'at rest' : 'under full load'),
    cells: ({ p50Ms = 0, p99Ms = 0, bytes = 0 }) => ({
      'p50, ms': short(p50Ms),
      'p99, ms': short(p99Ms),
      bytes: whole(bytes),
    }),
  },
  checkout: {
    title: 'Creating a Checkout Session, one after the other',
    subjects: { 'stripe-call': "the bare call of Stripe's client", 'hono-checkout': 'Hono' },
    cells: ({ p50Ms = 0, p99Ms = 0 }) => ({ 'p50, ms': short(p50Ms), 'p99, ms': short(p99Ms) }),
  },
  counters: {
    title: 'CPU of the counters for each fact, nanoseconds',
    subjects: {
      'prom-client': 'prom-client, `inc` with one label',
      countinghouse: 'countinghouse',
    },
    spread: (facts) => (facts === 1 ? '1 fact a commit' : `${facts} facts a commit`),
    cells: ({ nanoseconds = 0 }) => ({ '': short(nanoseconds) }),
  },
  start: {
    title: 'Start and idle memory',
    subjects: {
      'countinghouse-emulator': 'countinghouse, emulator',
      'countinghouse-source': 'countinghouse, SQLite, from its source by `npm start`',
    },
    cells: ({ readyMs = 0, idleMegabytes = 0 }) => ({
      'start to ready, ms': whole(readyMs),
      'idle, MB': whole(idleMegabytes),
    }),
  },
  memory: {
    title: 'Resident memory after webhooks, MB',
    spread: (webhooks) => `after ${whole(webhooks)}`,
    cells: ({ residentMb = 0 }) => ({ '': whole(residentMb) }),
  },
  growth: {
    title: 'A ledger that grows',
    cells: ({ bytes = 0, restoreMs = 0, readyMs = 0, perSecond = 0, cpuUs = 0 }) => ({
      megabytes: short(bytes / 1e6),
      'restore, ms': short(restoreMs),
      'start to ready, ms': whole(readyMs),
      'facts/s at 64 callers': whole(perSecond),
      'CPU µs/fact': short(cpuUs),
    }),
  },
}

/** A number with its thousands apart. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** A number with as many digits as can be told apart. */
export function short(value: number): string {
  if (Math.abs(value) >= 100) return whole(value)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
