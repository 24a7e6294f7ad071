import type { DatabaseLocation } from '../database/open.ts'
import type { Mode } from '../ledger/identity.ts'

/** The ledger's path without a `DATABASE_URL`. */
export function defaultDatabase(mode: Mode): DatabaseLocation {
  const path = `./data/${mode}.db`
  return mode === 'emulator'
    ? { engine: 'sqlite', path, formerPath: './data/sandbox.db' }
    : { engine: 'sqlite', path }
}

/** The path of the emulator's store: beside a SQLite ledger, and renamed together with it. */
export function emulatorStore(database: DatabaseLocation) {
  return database.engine === 'sqlite'
    ? { path: `${database.path}.stripe`, formerPath: undefined }
    : { path: './data/stripe-emulator.db', formerPath: './data/stripe-sandbox.db' }
}
