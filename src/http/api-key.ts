import { createHash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { AppError } from '../errors.ts'
import type { ApiEnv, Caller } from './api.ts'

/**
 * Asks for `Authorization: Bearer <key>`, one of the configured keys; lets every caller through when
 * none is configured, which `config.ts` allows on a loopback address alone.
 */
export function requireApiKey(keys: readonly string[]): MiddlewareHandler<ApiEnv> {
  const known = keys.map(digest)
  return async (context, next) => {
    context.set('caller', identify(context.req.header('authorization'), known))
    await next()
  }
}

function identify(header: string | undefined, known: readonly Buffer[]): Caller {
  if (known.length === 0) return { keyId: 'local' }
  const [, key] = header?.match(/^Bearer +(\S+)$/i) ?? []
  if (key === undefined)
    throw new AppError('unauthorized', 'send the header Authorization: Bearer <one of API_KEYS>')
  const given = digest(key)
  const match = known.filter((one) => timingSafeEqual(one, given))
  if (match.length === 0)
    throw new AppError(
      'unauthorized',
      'the API key is not one of API_KEYS: check it, or ask the operator',
    )
  return { keyId: given.toString('hex').slice(0, 16) }
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
