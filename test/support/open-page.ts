import { rawRequest } from './raw-request.ts'

export const operateKey = 'operate-key-0123456789'
export const readKey = 'read-key-0123456789abc'
export const consoleKeys = `shop:${operateKey},report:${readKey}:read`

/** The headers of a form of our own page, as a browser sends them. */
export function ownForm(apiUrl: string): Record<string, string> {
  return {
    origin: apiUrl,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/x-www-form-urlencoded',
  }
}

/** Signs in as a browser does, without following the redirect. */
export function signIn(
  apiUrl: string,
  key: string,
  headers: Record<string, string> = {},
): ReturnType<typeof rawRequest> {
  const form = new URLSearchParams({ key, to: '/trust' })
  return rawRequest(`${apiUrl}/sign-in`, 'POST', { ...ownForm(apiUrl), ...headers }, `${form}`)
}

/** The cookie header of somebody who signed in with a key. */
export async function cookieOf(apiUrl: string, key: string): Promise<string> {
  const { headers } = await signIn(apiUrl, key)
  const [cookie = ''] = headers['set-cookie'] ?? []
  return cookie.split(';')[0] ?? ''
}
