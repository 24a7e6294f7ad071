import { createHash } from 'node:crypto'
import { ZodError } from 'zod'
import type { Recorder } from '../../instrumentation/recorder.ts'
import { AppError } from '../errors.ts'
import type { Recorded } from '../ledger/fact.ts'
import type { Population } from '../ledger/identity.ts'
import type { UnreadableEvent } from '../ledger/unreadable-events.ts'
import { eventSchema, type StripeEvent } from './event.ts'
import { readEvent } from './facts/registry.ts'
import { recordStripeFact } from './record-stripe-fact.ts'
import { verifySignature } from './verify-signature.ts'

/** What became of a verified webhook. Every one of them is answered 200. */
export type WebhookOutcome =
  | Recorded
  /** Of a type, mode or account that this ledger does not count. */
  | 'not_counted'
  /** Verified but not of the shape it should have: kept aside. */
  | 'unreadable'

export interface WebhookReceiver {
  readonly recorder: Recorder
  readonly ledgerId: string
  readonly population: Population
  readonly secrets: readonly string[]
  readonly now: () => number
  /** Commits what is needed to look the event up at Stripe. */
  readonly keepAside: (event: UnreadableEvent) => Promise<void>
}

/**
 * Verifies a webhook, reads its fact and records it; resolves after the commit.
 * Rejects with `invalid_signature`, `invalid_json`, or what the ledger says when it could not commit.
 */
export const receiveWebhook = async (
  rawBody: string,
  signatureHeader: string | undefined,
  receiver: WebhookReceiver,
): Promise<WebhookOutcome> => {
  verifySignature(rawBody, signatureHeader, receiver.secrets, receiver.now())
  const body = parseJson(rawBody)
  const parsed = eventSchema.safeParse(body)
  if (!parsed.success) return keepAside(receiver, body, rawBody, parsed.error)
  const event = parsed.data
  if (!isOurs(event, receiver.population)) return 'not_counted'
  try {
    const fact = readEvent(event, {
      ledgerId: receiver.ledgerId,
      source: 'webhook',
      hasPlan: receiver.recorder.hasPlan,
    })
    return fact === undefined ? 'not_counted' : await recordStripeFact(receiver.recorder, fact)
  } catch (cause) {
    if (cause instanceof ZodError) return keepAside(receiver, event, rawBody, cause)
    throw cause
  }
}

/** Connect events carry an account; the other mode's events reach live Connect endpoints too. */
const isOurs = (event: StripeEvent, population: Population): boolean =>
  (event.account ?? null) === null && event.livemode === (population === 'live')

const parseJson = (rawBody: string): unknown => {
  try {
    return JSON.parse(rawBody)
  } catch (cause) {
    throw new AppError('invalid_json', 'the body is signed but not JSON', { cause })
  }
}

const keepAside = async (
  receiver: WebhookReceiver,
  body: unknown,
  rawBody: string,
  error: ZodError,
): Promise<'unreadable'> => {
  const { id, type } = headOf(body)
  await receiver.keepAside({
    id: id ?? `sha256:${createHash('sha256').update(rawBody).digest('hex')}`,
    type: type ?? 'unknown',
    reason: error.issues
      .map(({ code, path }) => `${path.join('.')}: ${code}`)
      .join('; ')
      .slice(0, 500),
  })
  return 'unreadable'
}

const idPattern = /^\w{1,200}$/

/** The id and type of a body that may be anything. */
const headOf = (body: unknown): { id?: string; type?: string } => {
  if (typeof body !== 'object' || body === null) return {}
  const id = 'id' in body && typeof body.id === 'string' && idPattern.test(body.id) ? body.id : null
  const type =
    'type' in body && typeof body.type === 'string' && /^[\w.]{1,200}$/.test(body.type)
      ? body.type
      : null
  return { ...(id === null ? {} : { id }), ...(type === null ? {} : { type }) }
}
