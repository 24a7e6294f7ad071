import type { PostgresServer } from '../../support/postgres-server.ts'

export interface BenchOptions {
  readonly rounds: number
  /** Those of the tables to fill in; all if empty. */
  readonly only: readonly string[]
  /** Those to measure; all if empty. */
  readonly peers: readonly string[]
  readonly connections: readonly number[]
  /** At most so many of one load, and for at most so long. */
  readonly requests: number
  readonly seconds: number
  /** How many facts the ledgers have that are compared by their size. */
  readonly facts: readonly number[]
  /** After how many webhooks memory is read, and after a tenth of them. */
  readonly webhooks: number
  readonly idleSeconds: number
}

/** What all measurements of a run share. */
export interface BenchContext {
  readonly options: BenchOptions
  readonly postgres: PostgresServer
  /** Node's compile cache of the peers; the service has its own. */
  readonly compileCacheFolder: string
  /** What a production installation starts: the bundle's file. */
  readonly bundle: string
  /** Where the stand-in for Stripe is. */
  readonly stripeUrl: string
}

/** Figures of one table, taken at the same time under the same conditions. */
export interface Observation {
  readonly table: string
  readonly conditions?: Readonly<Record<string, number>>
  readonly figures: Readonly<Record<string, number>>
}

/** Something to measure, with those that take turns at it. */
export interface Measurement {
  readonly name: string
  /** The tables that it fills in. */
  readonly tables: readonly string[]
  subjects(options: BenchOptions): readonly string[]
  /** Prepares what all rounds share, on the stack; answers what measures one subject once. */
  open(context: BenchContext, stack: AsyncDisposableStack): Promise<MeasureOnce>
}

type MeasureOnce = (subject: string, round: number) => Promise<readonly Observation[]>
