import { createHmac, timingSafeEqual } from 'node:crypto'
import { type ApiKey, keyIdOf } from '../../config/api-keys.ts'
import type { Viewer } from '../page.ts'

/** How long a session lasts before the key has to be entered again. */
export const sessionSeconds = 12 * 3_600

/**
 * Creates the value of a session's cookie: the key's id, when the session ends, and a signature made with the
 * key's digest. Nothing is stored: every replica can check it, and it ends when the key is removed from API_KEYS.
 */
export function createSession(key: ApiKey, nowMs: number): string {
  const until = Math.floor(nowMs / 1000) + sessionSeconds
  return `${keyIdOf(key.digest)}.${until}.${sign(key, until).toString('base64url')}`
}

/** The viewer of a session; undefined if it has ended, its key was removed, or it was not made here. */
export function readSession(
  cookie: string,
  keys: readonly ApiKey[],
  nowMs: number,
): Viewer | undefined {
  const [, keyId, until, signature] =
    cookie.match(/^([0-9a-f]{16})\.(\d{1,12})\.([\w-]{43})$/) ?? []
  const key = keys.find((one) => keyIdOf(one.digest) === keyId)
  if (key === undefined || until === undefined || signature === undefined) return undefined
  const isOurs = timingSafeEqual(sign(key, Number(until)), Buffer.from(signature, 'base64url'))
  return isOurs && Number(until) * 1000 > nowMs ? viewerOf(key) : undefined
}

function viewerOf(key: ApiKey): Viewer {
  return { keyId: keyIdOf(key.digest), keyName: key.name, canOperate: key.scope === 'operate' }
}

function sign(key: ApiKey, until: number): Buffer {
  const signed = `countinghouse console session ${keyIdOf(key.digest)} ${key.scope} ${until}`
  return createHmac('sha256', key.digest).update(signed).digest()
}
