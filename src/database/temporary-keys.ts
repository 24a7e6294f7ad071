import { DatabaseSync } from 'node:sqlite'

/** Keys in a temporary file, which SQLite deletes when it is closed: https://www.sqlite.org/inmemorydb.html#temp_db */
export interface TemporaryKeys extends Disposable {
  add(key: string): void
  has(key: string): boolean
  readonly size: number
}

/** A set of keys of which SQLite keeps 8 MB in memory, however many there are. */
export function openTemporaryKeys(): TemporaryKeys {
  const database = new DatabaseSync('')
  // Nothing of it is needed after a crash; the one transaction is never committed.
  database.exec(`
    pragma journal_mode = off;
    pragma synchronous = off;
    pragma cache_size = -8000;
    create table keys (key text primary key) without rowid;
    begin;
  `)
  const insert = database.prepare('insert or ignore into keys (key) values (?)')
  const find = database.prepare('select 1 from keys where key = ?')
  let size = 0
  return {
    add: (key) => {
      size += Number(insert.run(key).changes)
    },
    has: (key) => find.get(key) !== undefined,
    get size() {
      return size
    },
    [Symbol.dispose]: () => database.close(),
  }
}
