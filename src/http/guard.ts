import type { MiddlewareHandler } from 'hono'
import { AppError } from '../errors.ts'
import { isRead } from './api-key.ts'
import { isLoopback } from './loopback.ts'
import { excerpt, problemResponse } from './problem.ts'
import { requestIdOf } from './request-id.ts'
import type { Fetch } from './server.ts'

/** The parts of a request that the guard reads. */
export interface GuardedRequest {
  readonly method: string
  readonly headers: Headers
}

/** Whether a host without its port is one of our names. */
export type IsOurName = (name: string) => boolean

/**
 * Returns why a browser may not make this request; undefined if it may. A page of another site that points its
 * own name at this machine (DNS rebinding) sends that name in `Host`. A change is refused if `Origin` or
 * `Sec-Fetch-Site` name another site, whatever the content type; a request without both does not come from a
 * browser. A bearer token requires a preflight, which is never granted, so any origin may send one, but not any
 * host, because a rebound page is same-origin. Pure.
 */
export function refusalOf(
  { method, headers }: GuardedRequest,
  isOurName: IsOurName,
  publicUrl?: string,
): AppError | undefined {
  const host = headers.get('host') ?? ''
  const ourPublicHost = publicUrl === undefined ? undefined : new URL(publicUrl).hostname
  const name = nameOf(host)
  if (name === '' || !(isOurName(name) || name === ourPublicHost))
    return new AppError(
      'foreign_host',
      `this service answers by a loopback name or its PUBLIC_URL, not by "${excerpt(host)}": call it by one of them`,
    )
  const isBearer = /^bearer /i.test(headers.get('authorization') ?? '')
  if (isRead(method) || isBearer || isSameSite(headers, host, publicUrl)) return undefined
  return new AppError(
    'foreign_origin',
    'a page of another site may not change anything here: call the service from your own backend',
  )
}

/** The guard as middleware; `exempt` paths are let through. */
export function guardRoutes(
  exempt: ReadonlySet<string>,
  publicUrl: string | undefined,
): MiddlewareHandler {
  return (context, next) => {
    const refusal = exempt.has(context.req.path)
      ? undefined
      : refusalOf(context.req.raw, isLoopback, publicUrl)
    if (refusal !== undefined) throw refusal
    return next()
  }
}

/** The guard for a handler that is not a Hono app. */
export function guardFetch(fetch: Fetch, publicUrl: string | undefined): Fetch {
  return (request, env) => {
    const refusal = refusalOf(request, isLoopback, publicUrl)
    return refusal === undefined ? fetch(request, env) : problemResponse(refusal, requestIdOf(env))
  }
}

function isSameSite(headers: Headers, host: string, publicUrl: string | undefined): boolean {
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const isOwnSite = site === null || site === 'same-origin' || site === 'none'
  return isOwnSite && (origin === null || isOwnOrigin(origin, host, publicUrl))
}

function isOwnOrigin(origin: string, host: string, publicUrl: string | undefined): boolean {
  if (!URL.canParse(origin)) return false
  const given = new URL(origin)
  const isPublic = publicUrl !== undefined && given.origin === new URL(publicUrl).origin
  return isPublic || (given.host !== '' && given.host === host.toLowerCase())
}

/** The host without its port; IPv6 keeps its brackets, as in a URL. */
function nameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase()
}
