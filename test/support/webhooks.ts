import { readFileSync } from 'node:fs'
import Stripe from 'stripe'
import { webhookSecret } from './start-test-app.ts'

const folder = new URL('../fixtures/stripe/', import.meta.url)

export interface EventChanges {
  readonly id?: string
  /** Merged into the object that the event is about. */
  readonly object?: object
  /** Merged into the event. */
  readonly event?: object
}

/** The body of a webhook about something that is created now. */
export function eventBody(type: string, changes: EventChanges = {}): string {
  const event = JSON.parse(readFileSync(new URL(`${type}.json`, folder), 'utf8'))
  const created = Math.floor(Date.now() / 1000)
  return JSON.stringify({
    ...event,
    id: changes.id ?? event.id,
    created,
    data: { object: { ...event.data.object, created, ...changes.object } },
    ...changes.event,
  })
}

/** A `Stripe-Signature` as Stripe's own client makes it. */
export function sign(
  body: string,
  options: { readonly secret?: string; readonly timestamp?: number } = {},
): string {
  return Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret: options.secret ?? webhookSecret,
    ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
  })
}

/** Delivers a body with a signature, as Stripe does. */
export function deliver(
  apiUrl: string,
  body: string,
  signature: string = sign(body),
): Promise<Response> {
  return fetch(`${apiUrl}/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    body,
  })
}
