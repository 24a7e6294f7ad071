import type { StripeEvent } from '../objects/types.ts'
import { renderEvent } from '../objects/versions.ts'
import { parseBody } from '../store/list-objects.ts'
import type { Store } from '../store/store.ts'

export interface Delivery {
  readonly id: number
  readonly eventId: string
  readonly attempt: number
  /** When the event happened. */
  readonly createdSeconds: number
  /** The event as JSON: what is signed and sent. */
  readonly payload: string
  /** The endpoint that was created by the API; null for the connected service. */
  readonly endpointId: string | null
}

interface DueQuery {
  readonly nowMs: number
  readonly underWay: ReadonlySet<number>
  readonly limit: number
  /** Whether there is a service that gets everything. */
  readonly isConnected: boolean
}

/** The webhooks to be sent, stored until they are answered 2xx. */
export interface Deliveries {
  add(eventId: string, nextAtMs: number, endpointId?: string | null): void
  /** The due ones, oldest first, except those in progress; without a connected service, those of other endpoints. */
  due(query: DueQuery): readonly Delivery[]
  /** When the next one that is not in progress is due. */
  nextAtMs(query: Pick<DueQuery, 'underWay' | 'isConnected'>): number | null
  remove(id: number): void
  retry(id: number, attempt: number, nextAtMs: number): void
  pendingFor(eventId: string): number
  count(): number
  /** Deletes everything unsent. */
  clear(): void
  /** Makes everything unsent due. */
  hurry(nowMs: number): void
  wake(): void
  onWake(listener: () => void): void
}

/** The stored body is sent, unless the webhook's version differs. */
function payloadOf(body: string): string {
  if (!body.startsWith('{"$":')) return body
  return JSON.stringify(renderEvent(parseBody<StripeEvent>(body), 'webhook'))
}

/** Stores undelivered webhooks in the emulator's file. */
export function createDeliveries({ database }: Pick<Store, 'database'>): Deliveries {
  const add = database.prepare(
    'insert into deliveries (event_id, attempt, next_at, endpoint) values (?, 0, ?, ?)',
  )
  const due = database.prepare(`
    select deliveries.id, event_id, attempt, endpoint, created, body
    from deliveries join objects on objects.id = event_id
    where next_at <= ? and (? or endpoint is not null) order by next_at, deliveries.id limit ?`)
  const next = database.prepare(
    'select id, next_at from deliveries where ? or endpoint is not null order by next_at, id limit ?',
  )
  const remove = database.prepare('delete from deliveries where id = ?')
  const retry = database.prepare('update deliveries set attempt = ?, next_at = ? where id = ?')
  const pending = database.prepare('select count(*) as n from deliveries where event_id = ?')
  const all = database.prepare('select count(*) as n from deliveries')
  const hurry = database.prepare('update deliveries set next_at = ? where next_at > ?')
  let listener = () => {}

  return {
    add: (eventId, nextAtMs, endpointId = null) => {
      add.run(eventId, nextAtMs, endpointId)
    },
    due: ({ nowMs, underWay, limit, isConnected }) =>
      due
        .all(nowMs, Number(isConnected), limit + underWay.size)
        .map((row) => ({
          id: Number(row.id),
          eventId: String(row.event_id),
          attempt: Number(row.attempt),
          createdSeconds: Number(row.created),
          payload: payloadOf(String(row.body)),
          endpointId: row.endpoint === null ? null : String(row.endpoint),
        }))
        .filter(({ id }) => !underWay.has(id)),
    nextAtMs: ({ underWay, isConnected }) => {
      const row = next
        .all(Number(isConnected), underWay.size + 1)
        .find(({ id }) => !underWay.has(Number(id)))
      return row ? Number(row.next_at) : null
    },
    remove: (id) => {
      remove.run(id)
    },
    retry: (id, attempt, nextAtMs) => {
      retry.run(attempt, nextAtMs, id)
    },
    pendingFor: (eventId) => Number(pending.get(eventId)?.n),
    count: () => Number(all.get()?.n),
    clear: () => database.exec('delete from deliveries'),
    hurry: (nowMs) => {
      hurry.run(nowMs, nowMs)
    },
    wake: () => listener(),
    onWake: (next) => {
      listener = next
    },
  }
}
