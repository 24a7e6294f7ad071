import type { Config } from '../../config/config.ts'
import type { StripeGateway } from '../../stripe/client/gateway.ts'
import type { SetupGateway } from '../../stripe/client/setup-gateway.ts'

export interface SetupContext {
  readonly config: Config
  readonly gateway: StripeGateway
  readonly setup: SetupGateway
  /** Stripe's clock where it is known, in milliseconds. */
  readonly now: () => number
}
