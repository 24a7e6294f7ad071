import type { DatabaseSync } from 'node:sqlite'
import type { Kind, Kinds } from '../objects/kinds.ts'

interface Position {
  readonly created: number
  readonly seq: number
}

export interface ListQuery<T> {
  readonly limit: number
  readonly nowMs: number
  /** Whole seconds, inclusive. */
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

/**
 * Pages through one kind of object, newest first, by an index, independently of the table's size. The index
 * is named because the planner prefers another one, which reads every event.
 */
export function listObjects(database: DatabaseSync) {
  const prepare = (grouped: boolean, order: 'asc' | 'desc') =>
    database.prepare(`
      select created, seq, body
      from objects indexed by ${grouped ? 'objects_group' : 'objects_newest'}
      where kind = ? ${grouped ? 'and group_key = ?' : ''}
        and (created, seq) > (?, ?) and (created, seq) < (?, ?) and visible_at <= ?
      order by created ${order}, seq ${order}`)
  const statements = {
    all: { asc: prepare(false, 'asc'), desc: prepare(false, 'desc') },
    grouped: { asc: prepare(true, 'asc'), desc: prepare(true, 'desc') },
  }

  const take = <K extends Kind>(
    kind: K,
    query: ListQuery<Kinds[K]>,
    groupKey: string | null,
  ): Found<Kinds[K]>[] => {
    const { after, before, created } = query
    const order = before ? 'asc' : 'desc'
    const oldest = { created: created.min, seq: -1 }
    const newest = { created: created.max, seq: Number.MAX_SAFE_INTEGER }
    const low = before && compare(before, oldest) > 0 ? before : oldest
    const high = after && compare(after, newest) < 0 ? after : newest
    const range = [low.created, low.seq, high.created, high.seq, query.nowMs]
    const rows =
      groupKey === null
        ? statements.all[order].iterate(kind, ...range)
        : statements.grouped[order].iterate(kind, groupKey, ...range)
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
      .sort((a, b) => sign * compare(a, b))
    const items = found.slice(0, query.limit).map(({ object }) => object)
    return { items: query.before ? items.reverse() : items, hasMore: found.length > query.limit }
  }
}

function compare(a: Position, b: Position): number {
  return a.created - b.created || a.seq - b.seq
}

/** The only place that parses a stored body, which only `insert` and `save` write. */
export function parseBody<T extends object>(body: unknown): T {
  return JSON.parse(String(body)) as T
}
