import { create, type UnitOfWork } from '../context.ts'
import type { StripeEvent, StripeObject } from '../objects/types.ts'
import { render } from '../objects/types.ts'

/** The version that events are rendered in: the one of the `stripe` package that we pin. */
export const apiVersion = '2026-10-28.endive'

export interface Emission {
  readonly previous?: object
  /** Overrides for events that are not ours: another mode, another account. */
  readonly livemode?: boolean
  readonly account?: string
  /** The only source of its fact: it is generated and its id is the fact's, whatever the faults. */
  readonly sole?: boolean
}

const reorderMsMax = 500

/**
 * Makes an event with a snapshot of the object and queues its webhook, as far as the faults let it.
 * Returns the event, or null when the fault `neverGenerate` swallowed it.
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
  const event: StripeEvent = {
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
  create(unit, 'event', event, type)
  if (happens(current.drop)) return event
  const copies = happens(current.duplicate) ? 2 : 1
  for (let copy = 0; copy < copies; copy += 1) {
    const heldBackMs = happens(current.reorder) ? Math.floor(random() * reorderMsMax) : 0
    unit.deliveries.add(event.id, unit.nowMs + current.delayMs + heldBackMs)
  }
  return event
}

function isPayment(type: string): boolean {
  return /^(payment_intent|charge|refund)\./.test(type)
}
