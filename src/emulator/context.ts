import type { FaultSwitch } from './control/faults.ts'
import type { Truth } from './control/truth.ts'
import type { Kind, Kinds } from './objects/types.ts'
import type { IdKind, NewId } from './store/ids.ts'
import type { Tasks } from './store/jobs.ts'
import type { Store } from './store/store.ts'
import type { Deliveries } from './webhooks/deliveries.ts'

/** What the sandbox is made of. */
export interface World {
  readonly store: Store
  readonly deliveries: Deliveries
  readonly tasks: Tasks
  readonly truth: Truth
  readonly faults: FaultSwitch
  readonly newId: NewId
  readonly now: () => number
  /** Where browsers reach the sandbox. */
  readonly publicUrl: () => string
}

export interface RequestMark {
  readonly id: string | null
  readonly idempotencyKey: string | null
}

/** One request or task at work: one transaction, one instant, one mark on its events. */
export interface Turn extends World {
  readonly nowMs: number
  readonly nowSeconds: number
  readonly request: RequestMark
  /** An id for this instant. */
  readonly id: (kind: IdKind) => string
}

const unmarked: RequestMark = { id: null, idempotencyKey: null }

/** Runs `work` as one transaction at one instant, then sends what it emitted on its way. */
export function takeTurn<T>(
  world: World,
  work: (turn: Turn) => T,
  request: RequestMark = unmarked,
): T {
  const nowMs = world.now()
  const turn: Turn = {
    ...world,
    nowMs,
    nowSeconds: Math.floor(nowMs / 1000),
    request,
    id: (kind) => world.newId(kind, nowMs),
  }
  const result = world.store.transaction(() => work(turn))
  world.deliveries.wake()
  world.tasks.wake()
  return result
}

/** Keeps a new object; lists show it when they have caught up. */
export function create<K extends Kind>(
  turn: Turn,
  kind: K,
  object: Kinds[K],
  groupKey: string | null = null,
): Kinds[K] {
  const visibleAtMs = turn.nowMs + turn.faults.current.lateListMs
  turn.store.insert(kind, object, { groupKey, visibleAtMs })
  return object
}
