import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { AppError } from '../../errors.ts'
import { type Ingested, ingestEvent, toRetry } from '../facts/ingest.ts'
import type { IngestContext } from '../facts/ingest-context.ts'
import { type LostEventsNotice, readThinEvent } from './thin-event.ts'
import { verifySignature } from './verify-signature.ts'

/** The outcome of a verified webhook. All of them are answered with 200. */
export type WebhookOutcome =
  | Ingested
  /** Stripe reported that it failed to generate events: its lists will be read instead. */
  | 'reconcile_due'

export interface WebhookReceiver {
  readonly ingest: IngestContext
  readonly secrets: readonly string[]
  /** Stripe's clock, as far as it is known, in milliseconds. */
  readonly now: () => number
  /** Receives Stripe's time, which sets the ledger's genesis if that is not set yet. */
  readonly establishGenesis: (stripeNow: number) => Promise<unknown>
  /** Commits that Stripe failed to generate events, so that its lists are read soon. */
  readonly noteLostEvents: (notice: LostEventsNotice) => Promise<void>
}

/**
 * Verifies a webhook, reads its fact and records it; resolves after the commit.
 * Rejects with `invalid_signature`, `invalid_json`, or the error of the ledger or Stripe if it cannot be
 * recorded now.
 */
export async function receiveWebhook(
  rawBody: Buffer,
  signatureHeader: string | undefined,
  receiver: WebhookReceiver,
): Promise<WebhookOutcome> {
  const signedAt = verifySignature(rawBody, signatureHeader, receiver.secrets, receiver.now())
  await receiver.establishGenesis(signedAt)
  const body = parseJson(rawBody)
  const thin = readThinEvent(body, receiver.ingest.mode)
  if (thin === undefined)
    return ingestEvent(body, 'webhook', receiver.ingest, () => `sha256:${hashOf(rawBody)}`).catch(
      (cause: unknown) => Promise.reject(toRetry(cause)),
    )
  if (typeof thin === 'string') {
    if (thin !== 'not_counted') receiver.ingest.onIgnored(thin)
    return 'not_counted'
  }
  await receiver.noteLostEvents(thin)
  return 'reconcile_due'
}

function parseJson(rawBody: Buffer): unknown {
  if (!isUtf8(rawBody)) throw new AppError('invalid_json', 'the body is signed but not UTF-8')
  try {
    return JSON.parse(rawBody.toString('utf8'))
  } catch (cause) {
    throw new AppError('invalid_json', 'the body is signed but not JSON', { cause })
  }
}

function hashOf(rawBody: Buffer): string {
  return createHash('sha256').update(rawBody).digest('hex')
}
