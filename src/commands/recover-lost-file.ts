import { randomBytes } from 'node:crypto'
import { createClock } from '../database/clock.ts'
import { migrate } from '../database/migrate.ts'
import { openDatabase } from '../database/open.ts'
import { openIdentity } from '../ledger/identity.ts'
import { createHighWaterMarkFile, highWaterMarkPathOf } from '../ledger/leader/high-water-mark.ts'
import type { LedgerFile } from '../ledger/leader/lost-file.ts'
import { amendLedger } from '../ledger/leader/new-generation.ts'
import type { CommandContext } from './command.ts'

/**
 * For a ledger whose file is missing or empty: starts a new ledger with its own series ids, so that the
 * series of the lost ledger do not fall. Changes nothing unless `isConfirmed`.
 */
export async function recoverLostFile(
  { config, now, print }: CommandContext,
  { path }: LedgerFile,
  isConfirmed: boolean,
): Promise<number> {
  print(`The ledger ${path} is missing or empty, but it exposed counters before.`)
  print('If there is a backup of it, put that back and run this command again.')
  if (!isConfirmed) {
    print('')
    print('Nothing was changed. "npm run recover -- --yes" begins a new, empty ledger,')
    print('whose series have a name of their own.')
    return 0
  }
  const database = await openDatabase({ engine: 'sqlite', path }, print)
  try {
    const { queries, engine } = database
    await migrate(queries, engine)
    const { ledgerId } = await openIdentity(queries, {
      mode: config.mode,
      account: null,
      clock: createClock(engine, now),
      createLedgerId: () => randomBytes(4).toString('hex'),
    })
    await amendLedger(queries, { newGenerationAt: now() })
    if (database.engine === 'sqlite')
      await createHighWaterMarkFile(highWaterMarkPathOf(database.path), print).remove()
    print('')
    print(`The new ledger ${ledgerId} begins at 0: scrape it with honor_labels: true.`)
    print('It counts from its first start on. To count what Stripe still lists from before, run')
    print('"npm run backfill -- --since <date>" before you start the service.')
    return 0
  } finally {
    await database.close()
  }
}
