import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { alreadySent } from '../../http/answer-at-once.ts'
import { type EmulatorContext, runUnitOfWork } from '../context.ts'
import { refuseStranger } from './auth.ts'
import { expandAnswer } from './expand.ts'
import type { Idempotency, KeptAnswer } from './idempotency.ts'
import { parseJsonParams, parseParams, refuseUnknown } from './params.ts'
import type { ApiRoute, Call } from './route.ts'
import { StripeError } from './stripe-error.ts'

export type HttpContext = Context<{ Bindings: HttpBindings }>

export interface ApiOptions {
  readonly context: EmulatorContext
  readonly idempotency: Idempotency
  /** Called with each authenticated call of Stripe's API, for tests. */
  readonly onRequest?: ((request: ApiRequest) => void) | undefined
  /** Runs due jobs, so that a response never shows an outdated state. */
  readonly catchUp: () => void
}

/** A call as received: the query of a GET, otherwise the form. */
export interface ApiRequest {
  readonly authorization: string
  readonly method: string
  readonly path: string
  readonly form: string
}

interface Request {
  readonly id: string
  readonly key: string | null
  readonly path: string
  readonly form: string
  readonly pathId: string
}

function pause(ms: number) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Serves one call of Stripe's API: key, faults, idempotency, one transaction, response. */
export function serveApi(options: ApiOptions, route: ApiRoute) {
  return async (c: HttpContext) => {
    const { context } = options
    const { faults } = context
    const id = context.newId('request', context.now())
    const headers = answerHeaders(context, c, id)
    try {
      refuseStranger(c.req.header('authorization'))
      const request = await readRequest(c, id)
      const { path, form } = request
      const authorization = c.req.header('authorization') ?? ''
      options.onRequest?.({ authorization, method: c.req.method, path, form })
      if (faults.happens(faults.current.apiError)) throw internalError()
      if (faults.happens(faults.current.apiRateLimit)) {
        const { apiRetryAfterSeconds: seconds } = faults.current
        if (seconds > 0) headers['retry-after'] = String(seconds)
        throw rateLimited()
      }
      options.catchUp()
      const { kept, replayed } = await runOnce(options, route, request)
      if (faults.happens(faults.current.apiTimeout)) return await loseAnswer(context, c)
      if (replayed) headers['idempotent-replayed'] = 'true'
      return new Response(kept.answer, { status: kept.status, headers })
    } catch (cause) {
      if (!(cause instanceof StripeError)) throw cause
      return new Response(errorText(cause), { status: cause.status, headers })
    }
  }
}

/** An error in Stripe's format. */
export function errorText(error: StripeError): string {
  return JSON.stringify({ error: error.body })
}

/** The headers of every response; `Date` is the emulator's own clock. */
export function answerHeaders(
  context: EmulatorContext,
  c: HttpContext,
  requestId: string,
): Record<string, string> {
  return {
    'content-type': 'application/json',
    date: new Date(context.now()).toUTCString(),
    'request-id': requestId,
    'stripe-version': c.req.header('stripe-version') ?? context.versions().account,
  }
}

async function readRequest(c: HttpContext, id: string): Promise<Request> {
  const query = new URL(c.req.url).search.slice(1)
  const get = c.req.method === 'GET'
  const body = get ? '' : await c.req.text()
  return {
    id,
    key: get ? null : (c.req.header('idempotency-key') ?? null),
    path: c.req.path,
    form: body && query ? `${query}&${body}` : body || query,
    pathId: c.req.param('id') ?? '',
  }
}

async function runOnce(
  options: ApiOptions,
  route: ApiRoute,
  request: Request,
): Promise<{ kept: KeptAnswer; replayed: boolean }> {
  const { idempotency, context } = options
  const { key, path, form } = request
  const before = key === null ? undefined : idempotency.begin(key, path, form)
  if (before) return { kept: before, replayed: true }
  try {
    const delayMs = context.faults.current.apiDelayMs
    if (delayMs > 0) await pause(delayMs)
    return { kept: run(options, route, request), replayed: false }
  } finally {
    if (key !== null) idempotency.end(key)
  }
}

function run({ context, idempotency }: ApiOptions, route: ApiRoute, request: Request): KeptAnswer {
  const { key, path, form } = request
  const mark = { id: request.id, idempotencyKey: key }
  return runUnitOfWork(
    context,
    (unit) => {
      const isJson = path.startsWith('/v2/') && form.startsWith('{')
      const params = isJson ? parseJsonParams(form) : parseParams(form)
      if (route.accepts) refuseUnknown(params, route.accepts)
      const call: Call = { unit, params, id: request.pathId }
      const result = route.handle(call)
      const kept = answerOf(call, result)
      if (key !== null) idempotency.keep(key, path, form, kept)
      return kept
    },
    mark,
  )
}

function answerOf({ unit, params }: Call, result: object): KeptAnswer {
  const { faults, store } = unit
  if (faults.happens(faults.current.apiErrorAfter))
    return { status: 500, answer: errorText(internalError()) }
  if (result instanceof StripeError) return { status: result.status, answer: errorText(result) }
  return { status: 200, answer: JSON.stringify(expandAnswer(store, result, params)) }
}

async function loseAnswer(context: EmulatorContext, c: HttpContext): Promise<Response> {
  await pause(context.faults.current.apiTimeoutMs)
  c.env.incoming.socket.destroy()
  return alreadySent
}

function internalError() {
  return new StripeError(500, {
    type: 'api_error',
    message: 'An unknown error occurred (a fault of the emulator).',
  })
}

function rateLimited() {
  return new StripeError(429, {
    type: 'rate_limit_error',
    code: 'rate_limit',
    message: 'Request rate limit exceeded (a fault of the emulator).',
  })
}
