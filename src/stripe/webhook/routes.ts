import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { AppError, messageOf } from '../../errors.ts'
import type { AddRoutes, ApiEnv } from '../../http/api.ts'
import { readWhole } from '../../http/read-body.ts'
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
 * `POST /webhooks/stripe`. A declared length is compared before the body is touched; only a chunked
 * body goes through `bodyLimit`, which costs 60 us a request (measured).
 */
export function webhookRoutes(options: WebhookRoutesOptions): AddRoutes {
  const { receive = receiveWebhook } = options
  const limitChunked = bodyLimit({
    maxSize: bodyBytesMax,
    onError: () => {
      throw tooLarge()
    },
  })

  const take = async (context: Context<ApiEnv>): Promise<Response> => {
    const rawBody = decode(await readWhole(() => context.req.arrayBuffer()))
    const outcome = await receive(rawBody, context.req.header('stripe-signature'), options)
    options.onAccepted(names[outcome])
    return context.body(`{"outcome":"${names[outcome]}"}`, 200, jsonHeaders)
  }

  const tellFailure = (failure: unknown): never => {
    options.onFailed(refusalReasonOf(failure) ?? 'not_recorded', messageOf(failure))
    throw failure
  }

  const takeLimited = async (context: Context<ApiEnv>): Promise<Response> => {
    const declared = context.req.header('content-length')
    if (declared === undefined) {
      let isWhole = false
      await readWhole(() =>
        limitChunked(context, async () => {
          isWhole = true
        }),
      )
      if (!isWhole) throw tooLarge()
      return take(context)
    }
    if (Number(declared) > bodyBytesMax) throw tooLarge()
    return take(context)
  }

  return (api) => {
    api.on('POST', ['/webhooks/stripe', '/webhooks/stripe/'], (context) =>
      takeLimited(context).catch(tellFailure),
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

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text whose bytes are the raw body and no others, so that a signature over it covers them. */
function decode(body: ArrayBuffer): string {
  try {
    return utf8.decode(body)
  } catch (cause) {
    throw new AppError('invalid_json', 'the body is not UTF-8', { cause })
  }
}

const jsonHeaders = { 'content-type': 'application/json' }

function tooLarge(): AppError {
  return new AppError('body_too_large', `a webhook's body may have ${bodyBytesMax} bytes at most`)
}
