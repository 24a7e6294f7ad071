import { sql } from 'kysely'
import { createAppliedTotals } from '../../../../instrumentation/business/apply-totals.ts'
import {
  startTelemetry,
  type Telemetry,
} from '../../../../instrumentation/export/meter-providers.ts'
import { createScrape } from '../../../../instrumentation/export/scrape.ts'
import { migrate } from '../../../../src/database/migrate.ts'
import {
  type DatabaseLocation,
  type LedgerDatabase,
  openDatabase,
} from '../../../../src/database/open.ts'
import { openIdentity } from '../../../../src/ledger/identity.ts'
import { type AppliedTotals, createExposition } from '../../../../src/ledger/leader/exposition.ts'
import { createSoleLease } from '../../../../src/ledger/leader/lease.ts'
import { createLedger, type Ledger } from '../../../../src/ledger/record/ledger.ts'
import { parseSeries } from '../../../support/read-series.ts'

/** The real thing under test: a ledger on a real file and the counters that show it. */
export interface Subject {
  readonly ledger: () => Ledger
  readonly appliedTotals: () => AppliedTotals
  /** A real scrape: applies the committed totals, then reads the OTel counters. */
  page(): Promise<ReadonlyMap<string, number>>
  /** Ends the process's part of it, as a stop does, and begins again on the same file. */
  reopen(): Promise<void>
  close(): Promise<void>
}

/** What must be true of it. */
export interface Model {
  /** Makes keys of this sequence differ from all others in the same file. */
  readonly prefix: string
  /** Committed totals by series. */
  readonly totals: Map<string, number>
  readonly known: Set<string>
  /** What was exposed last. */
  exposed: ReadonlyMap<string, number>
  /** Totals as some earlier commit told of them, to be applied too late. */
  readonly earlier: { counter: 'billing_payments_total'; label: string; total: number }[]
}

export const genesis = Date.UTC(2026, 0, 1)
const plans = ['starter', 'professional', 'enterprise']

interface Parts {
  readonly database: LedgerDatabase
  readonly telemetry: Telemetry
  readonly ledger: Ledger
  readonly appliedTotals: AppliedTotals
}

async function openParts(location: DatabaseLocation): Promise<Parts> {
  const database = await openDatabase(location)
  await migrate(database.queries, database.engine)
  const identity = await openIdentity(database.queries, {
    mode: 'test',
    account: null,
    clock: () => sql<number>`${genesis}`,
    stripeNow: genesis,
    createLedgerId: () => 'model',
  })
  const telemetry = startTelemetry({
    serviceName: 'model',
    serviceVersion: '0',
    instanceId: 'model',
    seriesId: undefined,
    resourceAttributes: {},
    warn: () => undefined,
  })
  const appliedTotals = createAppliedTotals(telemetry.business.meter, plans)
  const ledger = createLedger({
    database,
    shards: [0, 8],
    identity,
    now: () => genesis + 1_000,
    onCommitted: (totals) => appliedTotals.apply(totals),
    batchMax: 4,
  })
  await appliedTotals.applyFrom(ledger.readTotals)
  return { database, telemetry, ledger, appliedTotals }
}

export async function openSubject(location: DatabaseLocation): Promise<Subject> {
  let parts = await openParts(location)
  const close = async () => {
    await parts.ledger.idle()
    await parts.telemetry.stop()
    await parts.database.close()
  }
  return {
    ledger: () => parts.ledger,
    appliedTotals: () => parts.appliedTotals,
    page: async () => {
      const { appliedTotals, database, ledger, telemetry } = parts
      const scrape = createScrape({
        exposition: await createExposition({
          ledger,
          appliedTotals,
          lease: createSoleLease({ queries: database.queries, files: { check: () => undefined } }),
        }),
        business: telemetry.business.reader,
        service: telemetry.service.reader,
        onRefused: () => undefined,
      })
      const answer = await scrape(new Request('http://model/metrics'))
      const text = await answer.text()
      if (answer.status !== 200) throw new Error(`the page was refused: ${text}`)
      return parseSeries(text)
    },
    reopen: async () => {
      await close()
      parts = await openParts(location)
    },
    close,
  }
}

/** The model as a sequence begins: what earlier sequences left in the file is its ground. */
export async function emptyModel(subject: Subject, sequence: number): Promise<Model> {
  const exposed = await subject.page()
  return {
    prefix: `${sequence}-${exposed.size}-${[...exposed.values()].reduce((sum, one) => sum + one, 0)}`,
    totals: new Map(exposed),
    known: new Set(),
    exposed,
    earlier: [],
  }
}
