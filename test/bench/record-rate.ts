import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { migrate } from '../../src/database/migrate.ts'
import { type DatabaseLocation, openDatabase } from '../../src/database/open.ts'
import type { Fact } from '../../src/ledger/fact.ts'
import { openIdentity } from '../../src/ledger/identity.ts'
import { createLedger, type Ledger } from '../../src/ledger/record/ledger.ts'

export interface RateOptions {
  readonly slices: number
  readonly factsPerSlice: number
  readonly callers: number
}

export interface RecordRun {
  readonly perSecond: number
  /** This process's own time for a fact: what the machine's other work does not change. */
  readonly cpuMicroseconds: number
}

/**
 * How fast several ledgers record, with so many callers at once, for each slice. The ledgers take
 * turns slice by slice in one process, each of them first every other time, so that they share the machine's moods.
 */
export async function compareRates(
  locations: readonly DatabaseLocation[],
  { slices, factsPerSlice, callers }: RateOptions,
): Promise<readonly (readonly RecordRun[])[]> {
  await using stack = new AsyncDisposableStack()
  const ledgers: Ledger[] = []
  for (const location of locations) ledgers.push(await openLedger(location, stack))
  const runs: RecordRun[][] = ledgers.map(() => [])
  for (let slice = 0; slice <= slices; slice += 1) {
    const inTurn = [...ledgers.entries()]
    for (const [index, ledger] of slice % 2 === 0 ? inTurn : inTurn.toReversed()) {
      const run = await measure(ledger, makeFacts(factsPerSlice), callers)
      if (slice > 0) runs[index]?.push(run)
    }
  }
  return runs
}

async function openLedger(
  location: DatabaseLocation,
  stack: AsyncDisposableStack,
): Promise<Ledger> {
  const database = await openDatabase(location)
  stack.defer(() => database.close())
  await migrate(database.queries, database.engine)
  const identity = await openIdentity(database.queries, {
    mode: 'test',
    account: null,
    clock: () => sql<number>`${Date.now()}`,
    stripeNow: Date.now(),
    createLedgerId: () => 'empty',
  })
  return createLedger({
    database,
    shards: [0, 8],
    identity,
    now: Date.now,
    onCommitted: () => undefined,
  })
}

async function measure(
  ledger: Ledger,
  facts: readonly Fact[],
  callers: number,
): Promise<RecordRun> {
  let next = 0
  const call = async (): Promise<void> => {
    for (let fact = facts[next]; fact !== undefined; fact = facts[next]) {
      next += 1
      if ((await ledger.record(fact)) !== 'new') throw new Error(`${fact.key} was not new`)
    }
  }
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  await Promise.all(Array.from({ length: callers }, call))
  const { user, system } = process.cpuUsage(cpuBefore)
  return {
    perSecond: facts.length / ((performance.now() - startedAt) / 1000),
    cpuMicroseconds: (user + system) / facts.length,
  }
}

function makeFacts(count: number): readonly Fact[] {
  const beganAt = Date.now()
  return Array.from({ length: count }, (_, index): Fact => {
    const occurredAt = beganAt + Math.floor(index / 10)
    const id = `3${timeText(occurredAt)}${randomBytes(8).toString('hex')}`
    return {
      key: `payment:success:pi_${id}`,
      counter: 'billing_payments_total',
      label: 'success',
      occurredAt,
      objectCreatedAt: null,
      source: 'webhook',
      evidence: `evt_${id}`,
      amountMinor: 1900,
      currency: 'usd',
    }
  })
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Eight digits to the base of 62, as in Stripe's ids. */
function timeText(milliseconds: number): string {
  let text = ''
  for (let rest = milliseconds; text.length < 8; rest = Math.floor(rest / 62))
    text = `${alphabet[rest % 62]}${text}`
  return text
}
