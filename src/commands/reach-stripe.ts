import type { Config } from '../config/config.ts'
import { AppError, messageOf } from '../errors.ts'
import { createStripeClient } from '../stripe/client/client.ts'
import { createStripeGateway, type StripeGateway } from '../stripe/client/gateway.ts'
import { withNamedAccount } from '../stripe/client/named-account.ts'
import { createSetupGateway, type SetupGateway } from '../stripe/client/setup-gateway.ts'
import { isUnavailable } from '../stripe/client/stripe-error.ts'

/** The emulator accepts any test key. */
const emulatorKey = 'sk_test_emulator'

/**
 * Stripe with the key of the settings; without one the emulator of the running service.
 * Throws `stripe_unavailable` if the running emulator cannot be found.
 */
export function reachStripe(config: Config): StripeGateway {
  return withNamedAccount(createStripeGateway(openClient(config)), config.stripe.account)
}

/** What `npm run setup` writes at Stripe; see `reachStripe`. */
export function reachSetup(config: Config): SetupGateway {
  return createSetupGateway(openClient(config))
}

function openClient({ stripe, emulator, proxy }: Config) {
  const { secretKey, account, apiBase } = stripe
  if (secretKey !== undefined) return createStripeClient({ secretKey, account, apiBase, proxy })
  if (emulator.port === 0)
    throw new AppError(
      'stripe_unavailable',
      'there is no STRIPE_SECRET_KEY, and EMULATOR_PORT=0 does not reveal where the emulator listens: give the port that the banner names',
    )
  const host = emulator.host.includes(':') ? `[${emulator.host}]` : emulator.host
  const emulatorBase = `http://${host}:${emulator.port}`
  return createStripeClient({ secretKey: emulatorKey, apiBase: emulatorBase })
}

/** Without a key it is the emulator that did not respond, which runs within the service. */
export function explainFailure(failure: unknown, { stripe }: Config): string {
  const message = messageOf(failure)
  if (!isUnavailable(failure) || stripe.secretKey !== undefined) return message
  return `${message}. There is no STRIPE_SECRET_KEY, so the emulator, which is part of the service, replaces Stripe: start it (npm start), or set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET`
}
