import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { messageOf } from '../../errors.ts'
import { answerAtOnce } from '../../http/answer-at-once.ts'
import type { AddRoutes, ApiEnv } from '../../http/api.ts'
import { readRawBody } from '../../http/read-raw-body.ts'
import { webhookDescription } from './description.ts'
import type { AcceptedOutcome, FailedOutcome } from './outcomes.ts'
import { receiveWebhook, type WebhookOutcome, type WebhookReceiver } from './receive-webhook.ts'
import { refusalReasonOf } from './refused-webhook.ts'

export interface WebhookObserver {
  /** Called for every webhook that was answered with 200. */
  readonly onAccepted: (outcome: AcceptedOutcome) => void
  /** Called for every other webhook, with a message that says what to do. */
  readonly onFailed: (outcome: FailedOutcome, advice: string) => void
}

export interface WebhookRoutesOptions extends WebhookReceiver, WebhookObserver {
  /** The route's use case; only the benchmark replaces it. */
  readonly receive?: typeof receiveWebhook
}

const bodyBytesMax = 1024 * 1024

/**
 * `POST /webhooks/stripe`. Reads the body and headers from Node's request and answers 200 on Node's response: going
 * through a Web request costs about a tenth of a webhook's CPU (measured). Every other answer is Hono's.
 */
export function webhookRoutes(options: WebhookRoutesOptions): AddRoutes {
  const { receive = receiveWebhook } = options

  const handle = async (context: Context<ApiEnv>): Promise<Response> => {
    const { incoming } = context.env
    const rawBody = await readRawBody(incoming, bodyBytesMax)
    const outcome = await receive(rawBody, signatureOf(incoming), options)
    options.onAccepted(names[outcome])
    return answerAtOnce(context.env, `{"outcome":"${names[outcome]}"}`)
  }

  const reportFailure = (failure: unknown): never => {
    options.onFailed(refusalReasonOf(failure) ?? 'not_recorded', messageOf(failure))
    throw failure
  }

  return (api) => {
    api.openAPIRegistry.registerWebhook(webhookDescription)
    api.on('POST', ['/webhooks/stripe', '/webhooks/stripe/'], (context) =>
      handle(context).catch(reportFailure),
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

/** A header that was sent twice is joined and then rejected as malformed. */
function signatureOf({ headers }: IncomingMessage): string | undefined {
  const header = headers['stripe-signature']
  return Array.isArray(header) ? header.join(', ') : header
}
