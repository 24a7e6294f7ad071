import { StripeError } from './stripe-error.ts'

const testKey = /^[sr]k_test_\w+$/

/**
 * Accepts any test key, as a bearer token or as the user name of basic authentication.
 * Throws Stripe's 401 for a missing, malformed or live key.
 */
export function refuseStranger(authorization: string | undefined): void {
  const [scheme = '', credentials = ''] = (authorization ?? '').trim().split(/\s+/)
  if (credentials === '')
    throw unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    )
  const key = keyIn(scheme.toLowerCase(), credentials)
  if (!testKey.test(key)) throw unauthorized(`Invalid API Key provided: ${masked(key)}`)
}

function keyIn(scheme: string, credentials: string): string {
  if (scheme === 'bearer') return credentials
  if (scheme !== 'basic') return ''
  return Buffer.from(credentials, 'base64').toString('utf8').split(':')[0] ?? ''
}

function masked(key: string): string {
  return key.length > 12 ? `${key.slice(0, 8)}${'*'.repeat(8)}${key.slice(-4)}` : '********'
}

function unauthorized(message: string) {
  return new StripeError(401, { type: 'invalid_request_error', message })
}
