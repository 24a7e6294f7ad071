import { isLoopback } from '../../http/loopback.ts'

export interface Transport {
  readonly headers: Headers
  /** Whether the connection comes from a proxy in TRUSTED_PROXIES. */
  readonly isFromProxy: boolean
  readonly publicUrl: string | undefined
}

/**
 * Returns why a key may not be entered over this connection; undefined if it may. It may on a loopback name, behind
 * a trusted proxy that reports https, and under a PUBLIC_URL with https if the browser sends `Sec-Fetch-Site`, which
 * browsers do over https and to loopback only (W3C Fetch Metadata). Pure.
 */
export function insecureBecause({
  headers,
  isFromProxy,
  publicUrl,
}: Transport): string | undefined {
  const name = (headers.get('host') ?? '').replace(/:\d*$/, '')
  if (isLoopback(name)) return undefined
  const forwarded = headers.get('x-forwarded-proto')?.split(',').at(-1)?.trim().toLowerCase()
  if (isFromProxy && forwarded !== undefined) return forwarded === 'https' ? undefined : plainHttp
  const isHttps = publicUrl?.startsWith('https:') === true
  return isHttps && headers.has('sec-fetch-site') ? undefined : plainHttp
}

const plainHttp =
  'this page was requested over plain http, where others could read the key. Serve it over https: put a proxy with TLS in front and set PUBLIC_URL to its https address, or list the proxy in TRUSTED_PROXIES and let it send x-forwarded-proto; or open the page on this machine, by localhost'
