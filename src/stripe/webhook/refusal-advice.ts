import type { RefusalReason } from './outcomes.ts'

/** What was wrong with the webhooks that were refused for a reason, and what to do. */
export const refusalAdvice: Readonly<Record<RefusalReason, string>> = {
  signature_missing:
    'they had no Stripe-Signature: a proxy takes the header away, or they are not of Stripe',
  signature_malformed:
    'their Stripe-Signature cannot be read: a proxy changes the header, or they are not of Stripe',
  signature_time:
    "their signature was more than 300 s old or ahead: set this machine's clock (NTP), and let no proxy hold them back",
  wrong_secret:
    'no secret in STRIPE_WEBHOOK_SECRET made their signature: copy the signing secret of the endpoint from dashboard.stripe.com/webhooks',
  body_changed:
    'a proxy changes their body, so that no signature is valid: configure it to forward the raw body unchanged',
  not_json: 'their body is not JSON or not UTF-8: a proxy changes it, or they are not of Stripe',
  too_large: 'their body is larger than 1 MiB, which no event of Stripe is',
}
