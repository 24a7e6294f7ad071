import type { DatabaseSync } from 'node:sqlite'
import type { Kind, Kinds } from './objects/types.ts'

export interface Position {
  readonly created: number
  readonly seq: number
}

export interface ListQuery<T> {
  readonly limit: number
  readonly nowMs: number
  /** Whole seconds, both included. */
  readonly created: { readonly min: number; readonly max: number }
  readonly after?: Position
  readonly before?: Position
  /** Only objects listed under one of these. */
  readonly groupKeys?: readonly string[]
  readonly matches?: (object: T) => boolean
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly hasMore: boolean
}

interface Found<T> extends Position {
  readonly object: T
}

const newest: Position = { created: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER }

/** Pages through one kind of object, newest first, along an index: the size of the table does not matter. */
export const listObjects = (database: DatabaseSync) => {
  const prepare = (grouped: boolean, forwards: boolean) =>
    database.prepare(`
      select created, seq, body from objects
      where kind = ? ${grouped ? 'and group_key = ?' : ''}
        and visible_at <= ? and created between ? and ?
        and (created, seq) ${forwards ? '>' : '<'} (?, ?)
      order by created ${forwards ? 'asc' : 'desc'}, seq ${forwards ? 'asc' : 'desc'}`)
  const statements = {
    all: { forwards: prepare(false, true), backwards: prepare(false, false) },
    grouped: { forwards: prepare(true, true), backwards: prepare(true, false) },
  }

  const take = <K extends Kind>(
    kind: K,
    query: ListQuery<Kinds[K]>,
    groupKey: string | null,
  ): Found<Kinds[K]>[] => {
    const direction = query.before ? 'forwards' : 'backwards'
    const from = query.before ?? query.after ?? newest
    const { min, max } = query.created
    const rest = [query.nowMs, min, max, from.created, from.seq]
    const rows =
      groupKey === null
        ? statements.all[direction].iterate(kind, ...rest)
        : statements.grouped[direction].iterate(kind, groupKey, ...rest)
    const found: Found<Kinds[K]>[] = []
    for (const row of rows) {
      const object = parseBody<Kinds[K]>(row.body)
      if (query.matches && !query.matches(object)) continue
      found.push({ created: Number(row.created), seq: Number(row.seq), object })
      if (found.length > query.limit) break
    }
    return found
  }

  return <K extends Kind>(kind: K, query: ListQuery<Kinds[K]>): Page<Kinds[K]> => {
    const groups = query.groupKeys ?? [null]
    const sign = query.before ? 1 : -1
    const found = groups
      .flatMap((groupKey) => take(kind, query, groupKey))
      .sort((a, b) => sign * (a.created - b.created || a.seq - b.seq))
    const items = found.slice(0, query.limit).map(({ object }) => object)
    return { items: query.before ? items.reverse() : items, hasMore: found.length > query.limit }
  }
}

/** The one place where a stored body becomes an object again: only `insert` and `save` write it. */
export const parseBody = <T extends object>(body: unknown): T => JSON.parse(String(body)) as T
