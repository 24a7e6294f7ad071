import { expect } from 'vitest'
import { z } from 'zod'
import { type EventStream, openEventStream } from './event-stream.ts'
import { startTestApp, type TestApp, webhooksOnly } from './start-test-app.ts'
import { deliver, eventBody } from './webhooks.ts'

/** How long a test waits for a fact to arrive. */
export const arrival = { timeout: 30_000, interval: 50 }

const factSchema = z.object({ key: z.string(), recorded_at: z.iso.datetime() })

/** One of several services on the same PostgreSQL. */
export function startReplica(databaseUrl: string): Promise<TestApp> {
  return startTestApp({ environment: { ...webhooksOnly, DATABASE_URL: databaseUrl } })
}

/** Has Stripe report a payment, and answers the key of its fact. */
export async function pay({ apiUrl }: TestApp, id: string): Promise<string> {
  const body = eventBody('payment_intent.succeeded', { id: `evt_${id}`, object: { id } })
  expect((await deliver(apiUrl, body)).status).toBe(200)
  return `payment:success:${id}`
}

/** The keys of the facts that a stream delivered. */
export function keysOf({ events }: Pick<EventStream, 'events'>): readonly string[] {
  return events.map(({ data }) => factSchema.parse(JSON.parse(data)).key)
}

/** Opens a stream of facts, or resumes one. */
export function follow({ apiUrl }: TestApp, lastEventId?: string): Promise<EventStream> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
  return openEventStream(`${apiUrl}/v1/facts/stream`, headers)
}
