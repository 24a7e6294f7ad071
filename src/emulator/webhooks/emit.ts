import { create, type UnitOfWork } from '../context.ts'
import type { StripeEvent, StripeObject } from '../objects/types.ts'
import { render } from '../objects/types.ts'
import { apiVersion, reportsRefunds } from '../objects/versions.ts'

export interface Emission {
  readonly previous?: object
  /** Overrides for foreign events: another mode or account. */
  readonly livemode?: boolean
  readonly account?: string
  /** The only source of its fact, so it is always generated, whatever the faults. */
  readonly sole?: boolean
}

const reorderMsMax = 500

/**
 * Creates an event with a snapshot of the object and queues its webhook, subject to the faults.
 * Returns the event, or null if the fault `neverGenerate` suppressed it.
 */
export function emit(
  unit: UnitOfWork,
  type: string,
  object: StripeObject,
  emission: Emission = {},
): StripeEvent | null {
  const { happens, current } = unit.faults
  if (!emission.sole && happens(current.neverGenerate)) return null
  const event = generate(unit, type, object, emission)
  if (!emission.sole && happens(current.secondEventId)) generate(unit, type, object, emission)
  return event
}

function generate(
  unit: UnitOfWork,
  type: string,
  object: StripeObject,
  { previous, livemode, account }: Emission,
): StripeEvent {
  const { happens, current, random } = unit.faults
  const versions = unit.versions()
  const reports = (version: string) => !type.startsWith('refund.') || reportsRefunds(version)
  const event: StripeEvent = {
    ...noteFor(unit, object),
    id: unit.id(isPayment(type) ? 'payment_event' : 'event'),
    object: 'event',
    ...(account === undefined ? {} : { account }),
    api_version: apiVersion,
    created: unit.nowSeconds,
    data: {
      object: render(object),
      ...(previous === undefined ? {} : { previous_attributes: previous }),
    },
    livemode: livemode ?? false,
    pending_webhooks: 1,
    request: { id: unit.request.id, idempotency_key: unit.request.idempotencyKey },
    type,
  }
  if (reports(versions.account)) create(unit, 'event', event, type)
  else unit.store.insert('event', event, { groupKey: type, visibleAtMs: Number.MAX_SAFE_INTEGER })
  if (happens(current.drop) || !reports(versions.webhook)) return event
  const copies = happens(current.duplicate) ? 2 : 1
  for (let copy = 0; copy < copies; copy += 1) {
    const heldBackMs = happens(current.reorder) ? Math.floor(random() * reorderMsMax) : 0
    const nextAtMs = unit.nowMs + current.delayMs + heldBackMs
    for (const endpointId of [null, ...subscribersOf(unit, type)])
      unit.deliveries.add(event.id, nextAtMs, endpointId)
  }
  return event
}

/** The endpoints that were created by the API and are to get events of this type. */
function subscribersOf({ store }: UnitOfWork, type: string): readonly string[] {
  const created = { min: 0, max: Number.MAX_SAFE_INTEGER }
  const all = { limit: 100, nowMs: Number.MAX_SAFE_INTEGER, created }
  return store
    .list('webhook_endpoint', {
      ...all,
      matches: ({ $, status, enabled_events: types }) =>
        $ !== undefined && status === 'enabled' && (types.includes('*') || types.includes(type)),
    })
    .items.map(({ id }) => id)
}

/** First of all, so that a kept event shows at its beginning whether it has one. */
function noteFor(unit: UnitOfWork, object: StripeObject): Pick<StripeEvent, '$'> {
  const { account, webhook } = unit.versions()
  if (account === apiVersion && webhook === apiVersion) return {}
  const newest = { limit: 100, nowMs: Number.MAX_SAFE_INTEGER, groupKeys: [intentOf(object)] }
  const created = { min: 0, max: Number.MAX_SAFE_INTEGER }
  const list = (kind: 'charge' | 'refund') => unit.store.list(kind, { ...newest, created }).items
  return {
    $: {
      account,
      webhook,
      charges: list('charge').map(render),
      refunds: list('refund').map(render),
    },
  }
}

function intentOf(object: StripeObject): string {
  const { payment_intent: intent } = object
  return typeof intent === 'string' ? intent : object.id
}

function isPayment(type: string): boolean {
  return /^(payment_intent|charge|refund)\./.test(type)
}
