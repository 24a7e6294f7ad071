import { z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { problemSchema } from './problem.ts'

/** The security of every route below `/v1`, for the OpenAPI description. */
export const bearerSecurity = [{ bearer: [] }]

const requestIdHeader = { 'x-request-id': { $ref: '#/components/headers/RequestId' } }
const retryHeader = { 'retry-after': { $ref: '#/components/headers/RetryAfter' } }

/** A route's JSON response, for the OpenAPI description. */
export function jsonContent<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  headers: z.ZodObject | Readonly<Record<string, { readonly $ref: string }>> = {},
) {
  return {
    description,
    headers: { ...requestIdHeader, ...headers },
    content: { 'application/json': { schema } },
  }
}

/** A route's JSON request body, for the OpenAPI description. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } }
}

/** The header of a replayed answer, for the OpenAPI description. */
export const replayedHeader = {
  'idempotent-replayed': { $ref: '#/components/headers/IdempotentReplayed' },
}

/** A page of a list, newest first. */
export function pageOf<Schema extends z.ZodType>(schema: Schema) {
  return z.object({
    data: z.array(schema),
    has_more: z.boolean(),
    next_cursor: z
      .string()
      .nullable()
      .openapi({ description: 'The cursor of the next page; null at the end.' }),
  })
}

/** The cursor of a list's next page, in the query. */
export const cursorSchema = z
  .string()
  .max(1_000)
  .optional()
  .openapi({ description: 'The next_cursor of the previous page, unchanged.' })

/** An instant in UTC as in RFC 3339. */
export const instantSchema = z.iso.datetime().openapi({ example: '2026-11-27T09:00:00.000Z' })

/** An instant in milliseconds as the API shows it. */
export function toIso(instantMs: number): string {
  return new Date(instantMs).toISOString()
}

/** The request header that makes a retry safe. */
export function idempotencyHeaders(description: string) {
  return z.object({
    'idempotency-key': z
      .string()
      .min(1)
      .max(255)
      .optional()
      .openapi({ description, example: 'order-77' }),
  })
}

const meanings: Readonly<Record<number, string>> = {
  400: 'The request is invalid: errors lists the fields.',
  401: 'The API key is missing or unknown.',
  403: 'The API key may only read, or a page of another site sent the request.',
  404: 'There is no such object.',
  409: 'The Idempotency-Key was used for another request, or is spent.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  429: 'Too many requests: wait as Retry-After says.',
  500: 'An internal error: its details are in the log.',
  502: 'Stripe rejected the request.',
  503: 'Stripe or the ledger cannot be reached, or the service starts or stops: try again.',
}

/** Responses of what comes before every route below `/v1`, and of the ledger. */
const always = [401, 403, 413, 429, 500, 503] as const

/** The error responses of a route below `/v1`, for the OpenAPI description. */
export function problemsOf(...statuses: readonly number[]) {
  return onlyProblems(...statuses, ...always)
}

/** The error responses of any other route, for the OpenAPI description. */
export function onlyProblems(...statuses: readonly number[]) {
  const content = { 'application/problem+json': { schema: problemSchema } }
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: meanings[status] ?? 'What is wrong and what to do.',
        headers:
          status === 429 || status === 503
            ? { ...requestIdHeader, ...retryHeader }
            : requestIdHeader,
        content,
      },
    ]),
  )
}

/** When an operation was deprecated and when it ends, as days in UTC, and the page that says what to use instead. */
interface Deprecation {
  readonly since: `${number}-${number}-${number}`
  readonly sunset: `${number}-${number}-${number}`
  readonly link: string
}

/**
 * Spread into a route's definition, it marks the operation as deprecated in the OpenAPI description and in the headers of
 * its answers: `Deprecation` (RFC 9745, section 2), `Sunset` (RFC 8594, section 3) and a `Link` to what replaces it.
 */
export function deprecated({ since, sunset, link }: Deprecation) {
  const headers = {
    deprecation: `@${Date.parse(since) / 1_000}`,
    sunset: new Date(sunset).toUTCString(),
    link: `<${link}>; rel="deprecation"; type="text/html"`,
  }
  const middleware: MiddlewareHandler = async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
  }
  return { deprecated: true, 'x-sunset': sunset, middleware }
}
