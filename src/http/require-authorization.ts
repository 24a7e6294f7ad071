import { createHash, timingSafeEqual } from 'node:crypto'
import { AppError } from '../errors.ts'
import { problemResponse } from './problem.ts'
import { requestIdOf } from './request-id.ts'
import type { Fetch } from './server.ts'

/**
 * Lets requests through that carry one of `authorizations` in their header, compared in constant time; answers
 * others 401 with the schemes to use. Without any, everybody is let through.
 */
export function requireAuthorization(fetch: Fetch, authorizations: readonly string[]): Fetch {
  if (authorizations.length === 0) return fetch
  const digests = authorizations.map(digestOf)
  const schemes = authorizations.map((one) => `${one.split(' ')[0]} realm="metrics"`).join(', ')
  return (request, env) => {
    const given = digestOf(request.headers.get('authorization') ?? '')
    if (digests.some((digest) => timingSafeEqual(digest, given))) return fetch(request, env)
    const refusal = problemResponse(
      new AppError('unauthorized', 'this page needs METRICS_TOKEN or METRICS_BASIC_AUTH'),
      requestIdOf(env),
    )
    refusal.headers.set('www-authenticate', schemes)
    return refusal
  }
}

/** The scheme's name has no case. */
function digestOf(authorization: string): Buffer {
  const scheme = /^\S*/.exec(authorization)?.[0] ?? ''
  const normal = scheme.toLowerCase() + authorization.slice(scheme.length)
  return createHash('sha256').update(normal).digest()
}
