import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { type ApiKey, digestOf, keyIdOf, type Scope } from '../config/api-keys.ts'
import { AppError } from '../errors.ts'
import type { ApiEnv, Caller } from './api.ts'
import { requestIdOf } from './request-id.ts'

/** Called with every change that a caller made, for the audit log. */
export type OnChange = (change: {
  readonly key: string
  readonly method: string
  readonly path: string
  readonly status: number
  readonly requestId: string
}) => void

const local: Caller = { keyId: 'local', keyName: 'local' }

/**
 * Requires `Authorization: Bearer <key>` with a configured key that has the scope for the method. If no key is
 * configured, which `config.ts` allows only on a loopback address, every caller is let through.
 */
export function requireApiKey(
  keys: readonly ApiKey[],
  onChange: OnChange,
): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const { method, path } = context.req
    const scope: Scope = isRead(method) ? 'read' : 'operate'
    const caller =
      keys.length === 0 ? local : identify(context.req.header('authorization'), keys, scope)
    context.set('caller', caller)
    await next()
    const { status } = context.res
    if (scope === 'read' || status >= 400) return
    const requestId = requestIdOf(context.env)
    onChange({ key: caller.keyName, method, path, status, requestId })
  }
}

/** Whether a method changes nothing. */
export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

/** Creates a 256-bit key for a caller within this process. */
export function createApiKey(name: string): { readonly key: string; readonly kept: ApiKey } {
  const key = randomBytes(32).toString('base64url')
  return { key, kept: { name, scope: 'operate', digest: digestOf(key) } }
}

function identify(header: string | undefined, keys: readonly ApiKey[], scope: Scope): Caller {
  const [, key] = header?.match(/^Bearer +(\S+)$/i) ?? []
  if (key === undefined)
    throw new AppError('unauthorized', 'send the header Authorization: Bearer <one of API_KEYS>')
  const given = digestOf(key)
  const [match] = keys.filter(({ digest }) => timingSafeEqual(digest, given))
  if (match === undefined)
    throw new AppError(
      'unauthorized',
      'the API key is not one of API_KEYS: check it, or ask the operator',
    )
  if (scope === 'operate' && match.scope === 'read')
    throw new AppError(
      'forbidden',
      'the API key may only read: use one with the scope operate, or ask the operator',
    )
  return { keyId: keyIdOf(given), keyName: match.name }
}
