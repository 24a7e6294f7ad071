import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { AppError } from '../../errors.ts'
import type { AddRoutes, ApiEnv } from '../../http/api.ts'
import { readWhole } from '../../http/read-body.ts'
import { receiveWebhook, type WebhookReceiver } from './receive-webhook.ts'

export interface WebhookRoutesOptions extends WebhookReceiver {
  /** Told of every webhook that was answered 200. */
  readonly onAccepted: () => void
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
    options.onAccepted()
    return context.body(answers[outcome], 200, jsonHeaders)
  }

  return (api) => {
    api.on('POST', ['/webhooks/stripe', '/webhooks/stripe/'], async (context) => {
      const declared = context.req.header('content-length')
      if (declared === undefined) {
        let answer: Response | undefined
        await limitChunked(context, async () => {
          answer = await take(context)
        })
        if (answer === undefined) throw tooLarge()
        return answer
      }
      if (Number(declared) > bodyBytesMax) throw tooLarge()
      return take(context)
    })
  }
}

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

const answers = {
  new: '{"outcome":"recorded"}',
  duplicate: '{"outcome":"duplicate"}',
  before_genesis: '{"outcome":"before_genesis"}',
  not_counted: '{"outcome":"not_counted"}',
  unreadable: '{"outcome":"dead_letter"}',
  reconcile_due: '{"outcome":"reconcile_due"}',
} as const

function tooLarge(): AppError {
  return new AppError('body_too_large', `a webhook's body may have ${bodyBytesMax} bytes at most`)
}
