import type { DatabaseSync } from 'node:sqlite'
import { openSqlite } from '../../database/open-sqlite.ts'
import type { Kind, Kinds } from '../objects/kinds.ts'
import { type ListQuery, listObjects, type Page, parseBody } from './list-objects.ts'
import { schema } from './schema.ts'
import { upgradeStore } from './upgrade.ts'

interface Listing {
  /** What the object can be filtered by: an event's type, a charge's PaymentIntent. */
  readonly groupKey: string | null
  /** When lists begin to show the object; it can be retrieved by id at once. */
  readonly visibleAtMs: number
}

/** The emulator's objects, stored only in SQLite, so that everything acknowledged survives `kill -9`. */
export interface Store {
  readonly database: DatabaseSync
  insert<K extends Kind>(kind: K, object: Kinds[K], listing: Listing): void
  save<K extends Kind>(kind: K, object: Kinds[K], groupKey: string | null): void
  remove(kind: Kind, id: string): void
  find<K extends Kind>(kind: K, id: string): Kinds[K] | undefined
  /** Any object by its id, whatever its kind. */
  findAny(id: string): object | undefined
  list<K extends Kind>(kind: K, query: ListQuery<Kinds[K]>): Page<Kinds[K]>
  /** The object's position in its list, for pagination. */
  position(kind: Kind, id: string): { created: number; seq: number } | undefined
  /** The stored value of this key. */
  read(key: string): string | undefined
  write(key: string, value: string): void
  /** The stored value of this key, created by `create` the first time. */
  keep(key: string, create: () => string): string
  /** Runs `work` in a transaction; it must be synchronous. */
  transaction<T>(work: () => T): T
  close(): void
}

/** Opens (or creates) the emulator's file. Throws `database_unavailable`. */
export function openStore(file: string): Store {
  const database = openSqlite(file, 'normal')
  database.exec(schema)
  upgradeStore(database)
  const insert = database.prepare(
    'insert into objects (id, kind, created, group_key, visible_at, body) values (?, ?, ?, ?, ?, ?)',
  )
  const update = database.prepare('update objects set body = ?, group_key = ? where id = ?')
  const remove = database.prepare('delete from objects where id = ? and kind = ?')
  const find = database.prepare('select body from objects where id = ? and kind = ?')
  const findAny = database.prepare('select body from objects where id = ?')
  const position = database.prepare('select created, seq from objects where id = ? and kind = ?')
  const list = listObjects(database)

  return {
    database,
    insert: (kind, object, { groupKey, visibleAtMs }) => {
      insert.run(object.id, kind, object.created, groupKey, visibleAtMs, JSON.stringify(object))
    },
    save: (_kind, object, groupKey) => {
      update.run(JSON.stringify(object), groupKey, object.id)
    },
    remove: (kind, id) => {
      remove.run(id, kind)
    },
    find: (kind, id) => {
      const row = find.get(id, kind)
      return row && parseBody(row.body)
    },
    findAny: (id) => {
      const row = findAny.get(id)
      return row && parseBody(row.body)
    },
    list,
    position: (kind, id) => {
      const row = position.get(id, kind)
      return row && { created: Number(row.created), seq: Number(row.seq) }
    },
    ...openMeta(database),
    transaction: (work) => {
      database.exec('begin immediate')
      try {
        const result = work()
        database.exec('commit')
        return result
      } catch (cause) {
        database.exec('rollback')
        throw cause
      }
    },
    close: () => database.close(),
  }
}

function openMeta(database: DatabaseSync): Pick<Store, 'read' | 'write' | 'keep'> {
  const find = database.prepare('select value from meta where key = ?')
  const upsert = database.prepare(
    'insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value',
  )
  const read = (key: string): string | undefined => {
    const row = find.get(key)
    return row && String(row.value)
  }
  const write = (key: string, value: string): void => {
    upsert.run(key, value)
  }
  return {
    read,
    write,
    keep: (key, create) => {
      const kept = read(key)
      if (kept !== undefined) return kept
      const value = create()
      write(key, value)
      return value
    },
  }
}
