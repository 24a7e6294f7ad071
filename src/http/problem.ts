import { z } from '@hono/zod-openapi'
import { type AppError, type ErrorCode, fieldPlaces, fieldsOf } from '../errors.ts'

/** The HTTP status and title of each error code. */
const problems = {
  invalid_request: [400, 'The request is not valid'],
  invalid_json: [400, 'The body is not JSON'],
  invalid_signature: [400, 'The signature does not hold'],
  body_incomplete: [400, 'The body did not arrive whole'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The body must be JSON'],
  unauthorized: [401, 'An API key is needed'],
  forbidden: [403, 'The API key may not do that'],
  foreign_host: [403, 'Not a name of this service'],
  foreign_origin: [403, 'Another site may not act on this service'],
  rate_limited: [429, 'Too many requests'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  unknown_plan: [400, 'Unknown plan'],
  unknown_channel: [400, 'Unknown channel'],
  invalid_cron: [400, 'The cron pattern is not usable'],
  invalid_time_zone: [400, 'Unknown time zone'],
  idempotency_conflict: [409, 'The Idempotency-Key belongs to another request'],
  idempotency_key_spent: [409, 'The Idempotency-Key is spent'],
  plan_unavailable: [503, 'The plan cannot be sold now'],
  stripe_rejected: [502, 'Stripe refused the request'],
  stripe_unavailable: [503, 'Stripe cannot be reached'],
  overloaded: [503, 'Too much at once'],
  not_committed: [503, 'Not recorded'],
  unrecordable: [500, 'Internal error'],
  not_ready: [503, 'Not ready'],
  invalid_settings: [500, 'Internal error'],
  port_unavailable: [500, 'Internal error'],
  database_unavailable: [503, 'The ledger cannot be reached'],
  ledger_locked: [500, 'Internal error'],
  ledger_mismatch: [500, 'Internal error'],
  ledger_too_new: [500, 'Internal error'],
  ledger_too_old: [500, 'Internal error'],
  ledger_fell: [503, 'The ledger lost commits'],
  internal: [500, 'Internal error'],
} as const satisfies Record<ErrorCode, readonly [number, string]>

export const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:countinghouse:problem:unknown_plan' }),
    title: z.string().openapi({ example: 'Unknown plan' }),
    status: z.number().int().openapi({ example: 400 }),
    detail: z.string().openapi({ description: 'What is wrong and what to do about it.' }),
    request_id: z.string().openapi({
      description: 'The same as in the header x-request-id. It finds the request in the log.',
      example: '6f1c2d0e-4c2f-4b7e-9a55-0d5b8f2f6f0a',
    }),
    errors: z
      .array(
        z.object({
          in: z.enum(fieldPlaces).openapi({ description: 'The part of the request.' }),
          path: z.string().openapi({
            description: 'The field, such as messages.0; empty for the part as a whole.',
            example: 'plan',
          }),
          message: z.string(),
        }),
      )
      .optional()
      .openapi({ description: 'One entry per invalid field, at most ten.' }),
  })
  .openapi('Problem', {
    description: 'An error as in RFC 9457. The type is stable; the detail is for people.',
  })

/** The HTTP status of an error code. */
export function statusOf(code: ErrorCode): number {
  return problems[code][0]
}

const excerptCharsMax = 200

/** The part of a caller's input that a response may repeat. */
export function excerpt(text: string, charsMax = excerptCharsMax): string {
  return text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text
}

const detailCharsMax = 1_000

/** The detail with long words and quotations shortened, because they may repeat the caller's input. */
function shorten(detail: string): string {
  const shortened = detail
    .replace(/"[^"]{201,}"/g, (quoted) => `"${excerpt(quoted.slice(1, -1))}"`)
    .replace(/[^\s"]{201,}/g, (word) => excerpt(word))
  return excerpt(shortened, detailCharsMax)
}

const errorsMax = 10

function errorsOf(error: AppError) {
  const errors = fieldsOf(error).slice(0, errorsMax)
  return errors.length === 0
    ? {}
    : { errors: errors.map((one) => ({ ...one, message: shorten(one.message) })) }
}

/** An RFC 9457 response. Internal errors have no details, which are in the log. */
export function problemResponse(error: AppError, requestId: string): Response {
  const [status, title] = problems[error.code]
  const detail =
    status === 500
      ? 'Something failed inside. The log has it under the request id.'
      : shorten(error.message)
  const retryAfterSeconds = error.retryAfterSeconds ?? (status === 503 ? 1 : undefined)
  const body = {
    type: `urn:countinghouse:problem:${error.code}`,
    title,
    status,
    detail,
    request_id: requestId,
    ...(status >= 500 ? {} : errorsOf(error)),
  }
  return Response.json(body, {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'x-request-id': requestId,
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="countinghouse"' } : {}),
      ...(status === 413 ? { connection: 'close' } : {}),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
  })
}
