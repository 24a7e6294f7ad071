import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { messageOf } from '../../errors.ts'
import type { AddRoutes, ApiEnv } from '../../http/api.ts'
import { readRawBody } from '../../http/read-raw-body.ts'
import type { AcceptedOutcome, FailedOutcome } from './outcomes.ts'
import { receiveWebhook, type WebhookOutcome, type WebhookReceiver } from './receive-webhook.ts'
import { refusalReasonOf } from './refused-webhook.ts'

export interface WebhookWatch {
  /** Told of every webhook that was answered 200. */
  readonly onAccepted: (outcome: AcceptedOutcome) => void
  /** Told of every other one, with what to do. */
  readonly onFailed: (outcome: FailedOutcome, wayOut: string) => void
}

export interface WebhookRoutesOptions extends WebhookReceiver, WebhookWatch {
  /** The route's use case, exchanged by the benchmark alone. */
  readonly receive?: typeof receiveWebhook
}

const bodyBytesMax = 1024 * 1024

/**
 * `POST /webhooks/stripe`. Body and header are read from Node's request: the detour by a Web request
 * costs a third of the whole (measured).
 */
export function webhookRoutes(options: WebhookRoutesOptions): AddRoutes {
  const { receive = receiveWebhook } = options

  const take = async (context: Context<ApiEnv>): Promise<Response> => {
    const { incoming } = context.env
    const rawBody = await readRawBody(incoming, bodyBytesMax)
    const outcome = await receive(rawBody, signatureOf(incoming), options)
    options.onAccepted(names[outcome])
    return context.body(`{"outcome":"${names[outcome]}"}`, 200, jsonHeaders)
  }

  const tellFailure = (failure: unknown): never => {
    options.onFailed(refusalReasonOf(failure) ?? 'not_recorded', messageOf(failure))
    throw failure
  }

  return (api) => {
    api.on('POST', ['/webhooks/stripe', '/webhooks/stripe/'], (context) =>
      take(context).catch(tellFailure),
    )
  }
}

const names = {
  new: 'recorded',
  duplicate: 'duplicate',
  before_genesis: 'before_genesis',
  not_counted: 'not_counted',
  unreadable: 'dead_letter',
  reconcile_due: 'reconcile_due',
} as const satisfies Record<WebhookOutcome, AcceptedOutcome>

/** A header that was sent twice is joined, and malformed then. */
function signatureOf({ headers }: IncomingMessage): string | undefined {
  const header = headers['stripe-signature']
  return Array.isArray(header) ? header.join(', ') : header
}

const jsonHeaders = { 'content-type': 'application/json' }
