import Stripe from 'stripe'
import { explainMismatch } from './explain-mismatch.ts'
import { RefusedWebhook } from './refused-webhook.ts'

/** Stripe's own default; how old, or how far ahead, a signature may be. */
const toleranceSeconds = 300
const signaturesMax = 16

interface SignatureHeader {
  readonly signedAtSeconds: number
  /** Lower-case hex of 32 bytes each. */
  readonly signatures: readonly string[]
}

/**
 * Checks a webhook's `Stripe-Signature` over its raw body against any of the endpoint's secrets.
 * Stricter than Stripe's own verifier, which decides in the end: one `t` alone, times in the future have
 * the same tolerance as those in the past, and what is no SHA-256 in hex is no `v1`. A header that cannot
 * hold is refused before the body is hashed.
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
  const { signedAtSeconds, signatures } = parseHeader(header)
  const ageSeconds = Math.floor(now / 1000) - signedAtSeconds
  if (Math.abs(ageSeconds) > toleranceSeconds)
    throw new RefusedWebhook(
      'signature_time',
      `the signature is ${Math.abs(ageSeconds)} s ${ageSeconds > 0 ? 'old' : 'ahead'} and ${toleranceSeconds} s are allowed: check this machine's clock`,
    )
  const read = [`t=${signedAtSeconds}`, ...signatures.map((one) => `v1=${one}`)].join(',')
  const isSigned = (body: string) => secrets.some((secret) => holds(body, read, secret, now))
  if (!isSigned(rawBody)) throw explainMismatch(rawBody, isSigned)
  return signedAtSeconds * 1000
}

function parseHeader(header: string): SignatureHeader {
  const items = header.split(',').map((item) => item.trim())
  const valuesOf = (name: string) =>
    items.filter((item) => item.startsWith(name)).map((item) => item.slice(name.length))
  const [time = '', secondTime] = valuesOf('t=')
  const signatures = valuesOf('v1=').filter((value) => /^[0-9a-f]{64}$/.test(value))
  if (secondTime !== undefined) throw malformed('the header Stripe-Signature has more than one t=')
  if (!/^[1-9]\d{0,11}$/.test(time) || signatures.length === 0 || signatures.length > signaturesMax)
    throw malformed('the header Stripe-Signature is not of the form t=…,v1=…')
  return { signedAtSeconds: Number(time), signatures }
}

function malformed(message: string): RefusedWebhook {
  return new RefusedWebhook('signature_malformed', message)
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
