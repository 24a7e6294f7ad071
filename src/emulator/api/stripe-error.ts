import { excerpt } from '../../http/problem.ts'

export interface ErrorBody {
  readonly type:
    | 'api_error'
    | 'card_error'
    | 'idempotency_error'
    | 'invalid_request_error'
    | 'rate_limit_error'
  readonly message: string
  readonly code?: string
  readonly param?: string
  readonly decline_code?: string
  readonly charge?: string
  readonly payment_intent?: object
}

/** Shortens every word, which may be the caller's input. */
function shorten(text: string): string {
  return text.replace(/[^\s']{200,}/g, (word) => excerpt(word))
}

/** An error with Stripe's wording. Throwing it rolls the request back. */
export class StripeError extends Error {
  override readonly name = 'StripeError'
  readonly status: number
  readonly body: ErrorBody

  constructor(status: number, body: ErrorBody) {
    const message = shorten(body.message)
    super(message)
    this.status = status
    const { param } = body
    this.body = { ...body, message, ...(param === undefined ? {} : { param: shorten(param) }) }
  }
}

/** 400: the request itself is wrong. */
export function invalidRequest(message: string, rest: { code?: string; param?: string } = {}) {
  return new StripeError(400, { type: 'invalid_request_error', message, ...rest })
}

/** A taken id: https://docs.stripe.com/error-codes#resource-already-exists */
export function alreadyExists(what: string, id: string) {
  return invalidRequest(`${what} already exists: '${id}'`, { code: 'resource_already_exists' })
}

/** An unknown id: Stripe responds 404 if it is in the path, else 400. */
export function noSuch(what: string, id: string, param: string, status: 400 | 404 = 400) {
  return new StripeError(status, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${what}: '${id}'`,
    param,
  })
}
