import { statSync } from 'node:fs'
import type { DatabaseLocation } from '../../../src/database/open.ts'
import { withClient } from '../../support/postgres.ts'
import { fillLedger } from '../fill-ledger.ts'
import { openPlaces } from '../places.ts'
import { median } from '../programs.ts'
import { compareRates } from '../record-rate.ts'
import { compareRestores } from '../restore-time.ts'
import { startOn } from '../service-on.ts'
import type { Measurement, Observation } from './bench-context.ts'

const restoresOfRound = 3
const rateOptions = { slices: 4, factsPerSlice: 1_000, callers: 64 }

interface Ledger {
  readonly location: DatabaseLocation
  readonly facts: number
  readonly bytes: number
}

/** Ledgers of several sizes: bytes, restoring, start to ready, and how fast facts are recorded. */
export const growth: Measurement = {
  name: 'growth',
  tables: ['growth'],
  subjects: () => ['countinghouse-sqlite', 'countinghouse-postgres'],
  open: async ({ options }, stack) => {
    const opened = new Map<string, readonly Ledger[]>()
    return async (subject) => {
      const engine = subject.endsWith('sqlite') ? 'sqlite' : 'postgres'
      const ledgers = opened.get(engine) ?? (await fillLedgers(engine, options.facts, stack))
      opened.set(engine, ledgers)
      return await measureLedgers(ledgers)
    }
  },
}

async function fillLedgers(
  engine: DatabaseLocation['engine'],
  sizes: readonly number[],
  stack: AsyncDisposableStack,
): Promise<readonly Ledger[]> {
  const place = await openPlaces(engine, stack)
  const ledgers: Ledger[] = []
  for (const facts of sizes) {
    const location = await place(String(facts))
    await fillLedger(location, facts)
    ledgers.push({ location, facts, bytes: await readBytes(location) })
  }
  return ledgers
}

async function measureLedgers(ledgers: readonly Ledger[]): Promise<readonly Observation[]> {
  const locations = ledgers.map(({ location }) => location)
  const restores = await compareRestores(locations, restoresOfRound)
  const rates = await compareRates(locations, rateOptions)
  const observations: Observation[] = []
  for (const [index, { location, facts, bytes }] of ledgers.entries()) {
    const runs = rates[index] ?? []
    observations.push({
      table: 'growth',
      conditions: { facts },
      figures: {
        bytes,
        readyMs: await timeStart(location),
        restoreMs: restores[index] ?? Number.NaN,
        perSecond: median(runs.map((run) => run.perSecond)),
        cpuUs: median(runs.map((run) => run.cpuMicroseconds)),
      },
    })
  }
  return observations
}

async function timeStart(location: DatabaseLocation): Promise<number> {
  await using stack = new AsyncDisposableStack()
  const { readyMs, end } = await startOn(stack, location)
  await end('SIGTERM')
  return readyMs
}

async function readBytes(location: DatabaseLocation): Promise<number> {
  if (location.engine === 'sqlite') return statSync(location.path).size
  return await withClient(location.url, async (query) => {
    const [row] = await query('select pg_database_size(current_database()) as bytes')
    return Number(row?.bytes)
  })
}
