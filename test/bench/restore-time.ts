import { sql } from 'kysely'
import { migrate } from '../../src/database/migrate.ts'
import { type DatabaseLocation, openDatabase } from '../../src/database/open.ts'
import { openIdentity } from '../../src/ledger/identity.ts'
import { readTotals } from '../../src/ledger/read/totals.ts'
import { startOn } from './service-on.ts'

/** The shortest of several, in turns: whatever else runs on the machine only makes them longer. */
async function shortestOf(
  locations: readonly DatabaseLocation[],
  rounds: number,
  measureMs: (location: DatabaseLocation) => Promise<number>,
): Promise<readonly number[]> {
  const shortest = locations.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round <= rounds; round += 1)
    for (const [index, location] of locations.entries())
      shortest[index] = Math.min(shortest[index] ?? 0, await measureMs(location))
  return shortest
}

/** From the start of the process to "ready", for each ledger, in milliseconds. */
export function compareStarts(locations: readonly DatabaseLocation[], rounds: number) {
  return shortestOf(locations, rounds, async (location) => {
    await using stack = new AsyncDisposableStack()
    const service = await startOn(stack, location)
    await service.end('SIGTERM')
    return service.readyMs
  })
}

/** What of it the ledger takes: opened, up to date, its totals read, in milliseconds. */
export function compareRestores(locations: readonly DatabaseLocation[], rounds: number) {
  return shortestOf(locations, rounds, async (location) => {
    const startedAt = performance.now()
    const { queries, engine, close } = await openDatabase(location)
    await migrate(queries, engine)
    await openIdentity(queries, {
      mode: 'test',
      account: null,
      clock: () => sql<number>`${Date.now()}`,
      stripeNow: Date.now(),
      createLedgerId: () => 'empty',
    })
    await readTotals(queries)
    const restoredMs = performance.now() - startedAt
    await close()
    return restoredMs
  })
}
