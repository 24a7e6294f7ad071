import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Storm } from './scenario.ts'
import type { World } from './world.ts'

/** A backup of a ledger, as an operator makes one. */
export interface KeptLedger {
  /** The ledger is again what it was then. A SQLite file may be in nobody's use. */
  putBack(): Promise<void>
  /** Beside the ledger nothing is left that knows of a later one: it was put on another machine. */
  removeHighWaterMark(): void
}

/** Keeps the ledger as it is now, while no process uses it. */
export async function keepLedger(storm: Storm, world: World): Promise<KeptLedger> {
  const removeHighWaterMark = () => rmSync(join(world.folder, 'ledger.db.shown'), { force: true })
  if (storm.engine === 'postgres') {
    const { keepDatabase } = await import('./postgres.ts')
    return { ...(await keepDatabase(storm.stack, world.place.url)), removeHighWaterMark }
  }
  const kept = join(world.folder, 'backup')
  mkdirSync(kept)
  copyFiles(world.folder, kept)
  return {
    putBack: async () => {
      for (const file of ledgerFiles(world.folder)) rmSync(join(world.folder, file))
      copyFiles(kept, world.folder)
    },
    removeHighWaterMark,
  }
}

/** The database's own files. */
function ledgerFiles(folder: string): readonly string[] {
  return readdirSync(folder).filter((file) => /^ledger\.db(-wal|-shm)?$/.test(file))
}

function copyFiles(from: string, to: string): void {
  for (const file of ledgerFiles(from)) cpSync(join(from, file), join(to, file))
}
