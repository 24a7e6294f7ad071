import { AppError } from '../errors.ts'
import type { ReturnPages } from './return-pages.ts'

const placeholder = '{CHECKOUT_SESSION_ID}'

/** A page named by the caller, if its origin is allowed. Throws `invalid_request`. */
export function refuseForeignPage(
  parameter: 'success_url' | 'cancel_url',
  url: string,
  { origins }: ReturnPages,
): string {
  const { origin } = new URL(url)
  if (origins.has(origin)) return url
  throw new AppError(
    'invalid_request',
    `${parameter}: "${origin}" is not one of ${[...origins].join(', ')}: ` +
      'use one of these origins, or add yours to CHECKOUT_RETURN_ORIGINS',
  )
}

/**
 * The page with Stripe's placeholder for the session id, unescaped: URL libraries escape it, and Stripe does
 * not replace the escaped form. If there is none, it is added as a parameter before the fragment.
 */
export function withSessionId(url: string): string {
  const bare = url.replaceAll(/%7BCHECKOUT_SESSION_ID%7D/gi, placeholder)
  if (bare.includes(placeholder)) return bare
  const at = bare.indexOf('#')
  const page = at < 0 ? bare : bare.slice(0, at)
  const fragment = at < 0 ? '' : bare.slice(at)
  const separator = page.includes('?') ? '&' : '?'
  return `${page}${separator}session_id=${placeholder}${fragment}`
}

/**
 * The URL as a browser parses it; undefined if it is not an http or https URL, and for control characters,
 * white space, backslashes and userinfo, which make one address look like another. Pure.
 */
export function normalisePage(url: string): string | undefined {
  if (/[\p{Cc}\s\\]/u.test(url) || !URL.canParse(url)) return undefined
  const { protocol, username, password, href } = new URL(url)
  const isWeb = protocol === 'http:' || protocol === 'https:'
  return isWeb && username === '' && password === '' ? href : undefined
}
