import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
// By file, because the package's main file loads its limiters for every database.
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js'
import { AppError } from '../errors.ts'
import { type ApiEnv, toAppError } from './api.ts'
import type { AddressOf } from './caller-address.ts'
import { problemResponse } from './problem.ts'
import { requestIdOf } from './request-id.ts'

const windowSeconds = 60
const failuresMax = 100

/** Error codes that count as failed authentication. */
const failures: ReadonlySet<string> = new Set(['unauthorized', 'invalid_signature'])

/**
 * Limits failed authentication (wrong keys and bad signatures) to 100 per minute and address; more are answered
 * 429. A right key or signature is never refused, whatever others do at the same address.
 */
export function limitFailures(addressOf: AddressOf): MiddlewareHandler {
  const limiter = new RateLimiterMemory({ points: failuresMax, duration: windowSeconds })
  return async (context, next) => {
    await next()
    if (context.error === undefined || !failures.has(toAppError(context.error).code)) return
    const address = addressOf(socketAddressOf(context), context.req.header('x-forwarded-for'))
    const state = await consume(limiter, address)
    if (state.isOver)
      context.res = refuse(
        'too many failed attempts from this address',
        failuresMax,
        state,
        requestIdOf(context.env),
      )
    else setHeaders(context.res.headers, failuresMax, state)
  }
}

/** Limits each API key to `perMinute` requests per minute. A service without keys has no limit. */
export function limitKeys(perMinute: number): MiddlewareHandler<ApiEnv> {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: windowSeconds })
  return async (context, next) => {
    const { keyId } = context.get('caller')
    if (keyId === 'local') return next()
    const state = await consume(limiter, keyId)
    if (state.isOver)
      return refuse(
        `this key may send ${perMinute} requests a minute`,
        perMinute,
        state,
        requestIdOf(context.env),
      )
    await next()
    setHeaders(context.res.headers, perMinute, state)
  }
}

interface LimitState {
  readonly isOver: boolean
  readonly remaining: number
  readonly resetSeconds: number
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<LimitState> {
  try {
    return stateOf(await limiter.consume(key), false)
  } catch (cause) {
    if (cause instanceof RateLimiterRes) return stateOf(cause, true)
    throw cause
  }
}

function stateOf({ remainingPoints, msBeforeNext }: RateLimiterRes, isOver: boolean): LimitState {
  const resetSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
  return { isOver, remaining: Math.max(0, remainingPoints), resetSeconds }
}

function refuse(why: string, limit: number, state: LimitState, requestId: string): Response {
  const problem = `${why}: wait ${state.resetSeconds} s and try again`
  const answer = problemResponse(new AppError('rate_limited', problem), requestId)
  answer.headers.set('retry-after', String(state.resetSeconds))
  setHeaders(answer.headers, limit, state)
  return answer
}

function setHeaders(headers: Headers, limit: number, state: LimitState): void {
  headers.set('ratelimit-limit', String(limit))
  headers.set('ratelimit-remaining', String(state.remaining))
  headers.set('ratelimit-reset', String(state.resetSeconds))
}

function socketAddressOf(context: Context<{ Bindings: HttpBindings }>): string {
  return context.env.incoming.socket.remoteAddress ?? 'unknown'
}
