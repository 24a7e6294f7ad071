import type { ApiVersions } from './control/api-versions.ts'
import type { FaultSwitch } from './control/faults.ts'
import type { Truth } from './control/truth.ts'
import type { Kind, Kinds } from './objects/kinds.ts'
import type { IdKind, NewId } from './store/ids.ts'
import type { Jobs } from './store/jobs.ts'
import type { Store } from './store/store.ts'
import type { Deliveries } from './webhooks/deliveries.ts'

/** What the parts of the emulator share. */
export interface EmulatorContext {
  readonly store: Store
  readonly deliveries: Deliveries
  readonly jobs: Jobs
  readonly truth: Truth
  readonly faults: FaultSwitch
  readonly newId: NewId
  readonly now: () => number
  /** The emulator's address for browsers. */
  publicUrl(): string
  /** The API versions of the account and of the webhook endpoint. */
  versions(): ApiVersions
  /** Throws a ZodError. */
  changeVersions(versions: unknown): ApiVersions
}

export interface RequestMark {
  readonly id: string | null
  readonly idempotencyKey: string | null
}

/** One request or job: one transaction, one instant, one request mark on its events. */
export interface UnitOfWork extends Omit<EmulatorContext, 'newId' | 'now'> {
  readonly nowMs: number
  readonly nowSeconds: number
  readonly request: RequestMark
  /** An id for this instant. */
  id(kind: IdKind): string
}

const unmarked: RequestMark = { id: null, idempotencyKey: null }

/** Runs `work` as one transaction at one instant, then delivers the events that it emitted. */
export function runUnitOfWork<T>(
  context: EmulatorContext,
  work: (unit: UnitOfWork) => T,
  request: RequestMark = unmarked,
): T {
  const { newId, now, ...shared } = context
  const nowMs = now()
  const unit: UnitOfWork = {
    ...shared,
    nowMs,
    nowSeconds: Math.floor(nowMs / 1000),
    request,
    id: (kind) => newId(kind, nowMs),
  }
  const result = context.store.transaction(() => work(unit))
  context.deliveries.wake()
  context.jobs.wake()
  return result
}

/** Stores a new object; lists show it after their configured lag. */
export function create<K extends Kind>(
  unit: UnitOfWork,
  kind: K,
  object: Kinds[K],
  groupKey: string | null = null,
): Kinds[K] {
  const visibleAtMs = unit.nowMs + unit.faults.current.lateListMs
  unit.store.insert(kind, object, { groupKey, visibleAtMs })
  return object
}
