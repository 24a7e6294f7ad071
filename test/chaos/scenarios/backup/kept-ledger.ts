import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ChaosRun } from '../../harness/scenario.ts'
import type { TestBed } from '../../harness/test-bed.ts'

/** A backup of a ledger, as an operator makes one. */
export interface KeptLedger {
  /** The ledger is again what it was then. A SQLite file may be in nobody's use. */
  putBack(): Promise<void>
  /** Beside the ledger nothing is left that knows of a later one: it was put on another machine. */
  removeHighWaterMark(): void
}

/** Keeps the ledger as it is now, while no process uses it. */
export async function keepLedger(chaos: ChaosRun, bed: TestBed): Promise<KeptLedger> {
  const removeHighWaterMark = () =>
    rmSync(join(bed.folder, 'ledger.db.high-water-mark'), { force: true })
  if (chaos.engine === 'postgres') {
    const { keepDatabase } = await import('../../harness/postgres.ts')
    return { ...(await keepDatabase(chaos.stack, bed.place.url)), removeHighWaterMark }
  }
  const kept = join(bed.folder, 'backup')
  mkdirSync(kept)
  copyFiles(bed.folder, kept)
  return {
    putBack: async () => {
      for (const file of ledgerFiles(bed.folder)) rmSync(join(bed.folder, file))
      copyFiles(kept, bed.folder)
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
