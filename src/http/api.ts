import type { HttpBindings } from '@hono/node-server'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { isDatabaseError } from '../database/is-database-error.ts'
import { AppError, messageOf } from '../errors.ts'
import { createAllowedMethods } from './allowed-methods.ts'
import { explainIssues } from './explain-issues.ts'
import { excerpt, problemResponse, statusOf } from './problem.ts'
import type { RequestIdOf } from './request-id.ts'
import { createRouter } from './router.ts'

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
  readonly requestIdOf: RequestIdOf
}

/**
 * Creates a Hono app that answers every failure with `application/problem+json`: 404 for an unknown path, 405 with
 * `Allow` for another method of a known one. `OPTIONS` is answered with `Allow`; a preflight is never granted.
 */
export function createApi({ onFault, requestIdOf }: ApiOptions): Api {
  const api: Api = new OpenAPIHono<ApiEnv>({
    router: createRouter(),
    defaultHook: (result) => {
      if (!result.success) throw explainIssues(result.error, result.target)
    },
  })
  const allowedMethods = createAllowedMethods(api.routes)
  api.notFound((context) => {
    const allowed = allowedMethods(context.req.path)
    const allow = allowed.join(', ')
    if (allowed.length > 0 && context.req.method === 'OPTIONS')
      return context.body(null, 204, { allow })
    const response = problemResponse(refusalOf(context, allow), requestIdOf(context.env))
    if (allowed.length > 0) response.headers.set('allow', allow)
    return response
  })
  api.onError((thrown, context) => {
    const error = toAppError(thrown)
    const requestId = requestIdOf(context.env)
    if (statusOf(error.code) >= 500) onFault(thrown, requestId)
    return problemResponse(error, requestId)
  })
  return api
}

function refusalOf({ req }: Context, allow: string): AppError {
  const path = excerpt(req.path)
  return allow === ''
    ? new AppError('not_found', `there is no ${req.method} ${path}`)
    : new AppError('method_not_allowed', `${path} has no ${req.method}: use one of ${allow}`)
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
