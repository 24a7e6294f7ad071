import type { HttpBindings } from '@hono/node-server'
import { OpenAPIHono, type z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import { isDatabaseError } from '../database/is-database-error.ts'
import { AppError, messageOf } from '../errors.ts'
import { excerpt, problemResponse, problemSchema, statusOf } from './problem.ts'

/** The caller, by a digest of the key, never the key; `local` if no key is configured. */
export interface Caller {
  readonly keyId: string
  /** The key's name in the audit log. */
  readonly keyName: string
}

/** The variables in a handler's context. */
export interface ApiEnv {
  Bindings: HttpBindings
  Variables: {
    /** Set on every route that requires an API key. */
    caller: Caller
  }
}

export type Api = OpenAPIHono<ApiEnv>

/** Adds the routes of a feature. */
export type AddRoutes = (api: Api) => void

export interface ApiOptions {
  /** Called with every error that is our fault. */
  readonly onFault: (error: unknown, requestId: string) => void
  readonly createRequestId: () => string
}

/** Creates a Hono app that answers every failure with `application/problem+json`. */
export function createApi({ onFault, createRequestId }: ApiOptions): Api {
  const api: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw new AppError('invalid_request', explainIssues(result.error))
    },
  })
  api.notFound((context) =>
    problemResponse(
      new AppError('not_found', `there is no ${context.req.method} ${excerpt(context.req.path)}`),
      createRequestId(),
    ),
  )
  api.onError((thrown) => {
    const error = toAppError(thrown)
    const requestId = createRequestId()
    if (statusOf(error.code) >= 500) onFault(thrown, requestId)
    return problemResponse(error, requestId)
  })
  return api
}

/** Converts anything that was thrown to an error with a code of the closed set. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (thrown instanceof HTTPException) {
    if (thrown.status === 413) return new AppError('body_too_large', thrown.message)
    if (thrown.status === 415)
      return new AppError(
        'unsupported_media_type',
        'send the body with content-type: application/json',
      )
    if (thrown.status === 400)
      return new AppError('invalid_json', 'the body is not JSON: send one JSON object')
  }
  if (isDatabaseError(thrown))
    return new AppError(
      'database_unavailable',
      'the ledger could not be read or written: try again',
      {
        cause: thrown,
      },
    )
  return new AppError('internal', messageOf(thrown), { cause: thrown })
}

const issuesMax = 10
const pathCharsMax = 60

function unknownFields(keys: readonly string[]): string {
  return `unknown fields: "${excerpt(keys.join('", "'), pathCharsMax)}"`
}

/** One line for the first issues: "plan: …; quantity: …". */
function explainIssues(error: z.core.$ZodError): string {
  const listed = error.issues.slice(0, issuesMax).map((issue) => {
    const path = excerpt(issue.path.map(String).join('.'), pathCharsMax)
    const message = issue.code === 'unrecognized_keys' ? unknownFields(issue.keys) : issue.message
    return path === '' ? message : `${path}: ${message}`
  })
  const omitted = error.issues.length - listed.length
  return [...listed, ...(omitted > 0 ? [`and ${omitted} more`] : [])].join('; ')
}

/** A route's JSON response, for the OpenAPI description. */
export function jsonContent<Schema extends z.ZodType>(schema: Schema, description: string) {
  return {
    description,
    content: { 'application/json': { schema } },
  }
}

/** Responses of the middleware, before a route is reached. */
const always = [403, 413, 429] as const

/** A route's error responses, for the OpenAPI description. */
export function problemsOf<Status extends number>(...statuses: readonly Status[]) {
  const content = { 'application/problem+json': { schema: problemSchema } }
  return Object.fromEntries(
    [...statuses, ...always].map((status) => [
      status,
      { description: 'What is wrong and what to do', content },
    ]),
  )
}
