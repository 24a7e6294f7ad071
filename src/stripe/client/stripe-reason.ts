import type Stripe from 'stripe'

type StripeFailure = InstanceType<typeof Stripe.errors.StripeError>

const charactersMax = 300

/**
 * Stripe's reason for rejecting a request, with its request id. Keys, email addresses and control
 * characters are removed, because the text is logged and returned to callers.
 */
export function describeReason({ message, requestId }: StripeFailure): string {
  const request = requestId === undefined ? '' : ` (request ${requestId})`
  const words = message
    .replace(/\b(?:sk|rk|pk|whsec|ek)_[\w*]+/g, '<key>')
    .replace(/[^\s@'"<>]+@[^\s@'"<>]+/g, '<address>')
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
  const shown = words.length > charactersMax ? `${words.slice(0, charactersMax)}…` : words
  return `${shown === '' ? 'it gave no reason' : shown}${request}`
}

/** The permission that a restricted key lacks according to Stripe, such as `rak_charge_read`. */
export function missingPermission({ message }: StripeFailure): string | undefined {
  return message.match(/\brak_\w+/)?.[0]
}
