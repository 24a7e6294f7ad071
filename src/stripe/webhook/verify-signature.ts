import Stripe from 'stripe'
import { explainMismatch } from './explain-mismatch.ts'
import { RefusedWebhook } from './refused-webhook.ts'

/** Stripe's own default; how old, or how far ahead, a signature may be. */
const toleranceSeconds = 300

/**
 * Checks a webhook's `Stripe-Signature` over its raw body against any of the endpoint's secrets.
 * Stripe's client accepts times in the future (measured), so both directions are checked here.
 * Answers when it was signed, in milliseconds. Throws `invalid_signature`.
 */
export function verifySignature(
  rawBody: string,
  header: string | undefined,
  secrets: readonly string[],
  now: number,
): number {
  if (header === undefined)
    throw new RefusedWebhook(
      'signature_missing',
      'the header Stripe-Signature is missing: only Stripe may call this address',
    )
  const signedAt = Number(header.match(/(?:^|,)t=(\d{1,12})(?:,|$)/)?.[1])
  if (!Number.isSafeInteger(signedAt))
    throw new RefusedWebhook(
      'signature_malformed',
      'the header Stripe-Signature is not of the form t=…,v1=…',
    )
  const ageSeconds = Math.floor(now / 1000) - signedAt
  if (Math.abs(ageSeconds) > toleranceSeconds)
    throw new RefusedWebhook(
      'signature_time',
      `the signature is ${Math.abs(ageSeconds)} s ${ageSeconds > 0 ? 'old' : 'ahead'} and ${toleranceSeconds} s are allowed: check this machine's clock`,
    )
  const isSigned = (body: string) => secrets.some((secret) => holds(body, header, secret, now))
  if (!isSigned(rawBody)) throw explainMismatch(rawBody, isSigned)
  return signedAt * 1000
}

function holds(rawBody: string, header: string, secret: string, now: number): boolean {
  try {
    const { signature } = Stripe.webhooks
    return (
      signature?.verifyHeader(rawBody, header, secret, toleranceSeconds, undefined, now) === true
    )
  } catch (cause) {
    if (cause instanceof Stripe.errors.StripeSignatureVerificationError) return false
    throw cause
  }
}
