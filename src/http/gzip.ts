import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Fetch } from './server.ts'

const compress = promisify(gzip)

/** Compresses successful answers for callers who accept gzip. */
export function withGzip(fetch: Fetch): Fetch {
  return async (request, env) => {
    const response = await fetch(request, env)
    if (!response.ok || response.body === null) return response
    response.headers.append('vary', 'accept-encoding')
    if (!acceptsGzip(request.headers.get('accept-encoding') ?? '')) return response
    const body = await compress(await response.arrayBuffer())
    const headers = new Headers(response.headers)
    headers.set('content-encoding', 'gzip')
    headers.delete('content-length')
    return new Response(body, { status: response.status, headers })
  }
}

/** Whether a header Accept-Encoding names gzip, and not with a weight of 0. */
export function acceptsGzip(accepted: string): boolean {
  return accepted
    .split(',')
    .some((one) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(one))
}
