import type { Config } from '../config/config.ts'
import { carryOverFile } from '../database/carry-over.ts'
import type { Emulator } from '../emulator/start-emulator.ts'
import { createApiKey } from '../http/api-key.ts'
import { createStripeClient } from '../stripe/client/client.ts'
import { createStripeGateway, type StripeGateway } from '../stripe/client/gateway.ts'
import { withNamedAccount } from '../stripe/client/named-account.ts'
import { createStripeClock, type StripeClock } from '../stripe/client/stripe-clock.ts'
import type { AppDependencies } from './dependencies.ts'

export interface OpenedStripe {
  readonly gateway: StripeGateway
  /** Stripe's clock, as observed in its responses. */
  readonly clock: StripeClock
  readonly webhookSecrets: readonly string[]
  /** The emulator, if there is no Stripe key. */
  readonly emulator: Emulator | undefined
  /** The key with which the emulator's shop calls the API. */
  readonly emulatorKey: ReturnType<typeof createApiKey> | undefined
}

/** Opens Stripe if there is a key, otherwise starts the emulator, which is loaded only then. */
export async function openStripe(
  { stripe, emulator: settings, plans, proxy }: Config,
  { log, now }: AppDependencies,
): Promise<OpenedStripe> {
  const { secretKey, account, apiBase, webhookSecrets } = stripe
  const clock = createStripeClock(now, (detail, message) => log.warn(detail, message))
  const onDate = clock.observe
  if (secretKey !== undefined) {
    const client = createStripeClient({ secretKey, account, apiBase, proxy, onDate })
    const gateway = withNamedAccount(createStripeGateway(client), account)
    return { gateway, clock, webhookSecrets, emulator: undefined, emulatorKey: undefined }
  }
  if (settings.formerPath !== undefined)
    carryOverFile(settings.formerPath, settings.path, (message) => log.warn(message))
  const { startEmulator } = await import('../emulator/start-emulator.ts')
  const emulator = await startEmulator({
    host: settings.host,
    port: settings.port,
    file: settings.path,
    plans,
    now,
    log: (message, detail) => log.debug(detail ?? {}, `emulator: ${message}`),
  })
  const emulated = { secretKey: emulator.secretKey, apiBase: emulator.url }
  const client = createStripeClient({ ...emulated, onDate })
  return {
    gateway: createStripeGateway(client),
    clock,
    webhookSecrets: [emulator.webhookSecret],
    emulator,
    emulatorKey: createApiKey('emulator'),
  }
}

/** Connects the emulator to this service's webhook endpoint and counters. */
export function connectEmulator(
  { emulator, emulatorKey }: OpenedStripe,
  { apiKeys, metrics }: Config,
  urls: { readonly apiUrl: string; readonly metricsUrl: string },
): void {
  const isKeyAsked = apiKeys.length > 0 && emulatorKey !== undefined
  const [authorization] = metrics.authorizations
  emulator?.connect({
    ...urls,
    ...(authorization === undefined ? {} : { metricsAuthorization: authorization }),
    webhookUrl: `${urls.apiUrl}/webhooks/stripe`,
    ...(isKeyAsked ? { apiKey: emulatorKey.key } : {}),
  })
}
