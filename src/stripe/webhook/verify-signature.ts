import Stripe from 'stripe'
import { AppError } from '../../errors.ts'

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
    throw refuse('the header Stripe-Signature is missing: only Stripe may call this address')
  const signedAt = Number(header.match(/(?:^|,)t=(\d{1,12})(?:,|$)/)?.[1])
  if (!Number.isSafeInteger(signedAt))
    throw refuse('the header Stripe-Signature is not of the form t=…,v1=…')
  const ageSeconds = Math.floor(now / 1000) - signedAt
  if (Math.abs(ageSeconds) > toleranceSeconds)
    throw refuse(
      `the signature is ${Math.abs(ageSeconds)} s ${ageSeconds > 0 ? 'old' : 'ahead'} and ${toleranceSeconds} s are allowed: check this machine's clock`,
    )
  if (!secrets.some((secret) => holds(rawBody, header, secret, now)))
    throw refuse(
      'no secret in STRIPE_WEBHOOK_SECRET made this signature: copy the signing secret of the endpoint (whsec_…)',
    )
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

function refuse(message: string): AppError {
  return new AppError('invalid_signature', message)
}
