import type { Config } from '../config/config.ts'
import { AppError, messageOf } from '../errors.ts'
import { createStripeClient } from '../stripe/client/client.ts'
import { createStripeGateway, type StripeGateway } from '../stripe/client/gateway.ts'
import { isUnavailable } from '../stripe/client/stripe-error.ts'

/** The sandbox takes any test key. */
const sandboxKey = 'sk_test_sandbox'

/**
 * Stripe with the key of the settings; without one the sandbox of the running service.
 * Throws `stripe_unavailable` when the sandbox cannot be told where it listens.
 */
export function reachStripe({ stripe, sandbox }: Config): StripeGateway {
  const { secretKey, apiBase } = stripe
  if (secretKey !== undefined)
    return createStripeGateway(createStripeClient({ secretKey, apiBase }))
  if (sandbox.port === 0)
    throw new AppError(
      'stripe_unavailable',
      'there is no STRIPE_SECRET_KEY, and SANDBOX_PORT=0 does not say where the sandbox listens: give the port that the banner names',
    )
  const host = sandbox.host.includes(':') ? `[${sandbox.host}]` : sandbox.host
  const sandboxBase = `http://${host}:${sandbox.port}`
  return createStripeGateway(createStripeClient({ secretKey: sandboxKey, apiBase: sandboxBase }))
}

/** Without a key it is the sandbox that did not answer, and that lives in the running service. */
export function explainFailure(failure: unknown, { stripe }: Config): string {
  const message = messageOf(failure)
  if (!isUnavailable(failure) || stripe.secretKey !== undefined) return message
  return `${message}. There is no STRIPE_SECRET_KEY, so the sandbox stands in for Stripe and lives in the service: start it (npm start), or set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET`
}
