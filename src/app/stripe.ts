import type { Config } from '../config/config.ts'
import type { Sandbox } from '../emulator/start-emulator.ts'
import type { Logger } from '../log.ts'
import { createStripeClient } from '../stripe/client/client.ts'
import { createStripeGateway, type StripeGateway } from '../stripe/client/gateway.ts'

export interface OpenedStripe {
  readonly gateway: StripeGateway
  readonly webhookSecrets: readonly string[]
  /** The local stand-in, when no key was given. */
  readonly sandbox: Sandbox | undefined
}

/** Stripe itself when there is a key, else the sandbox, started here and loaded only then. */
export async function openStripe(
  { stripe, sandbox: settings }: Config,
  { log, now }: { readonly log: Logger; readonly now: () => number },
  stack: AsyncDisposableStack,
): Promise<OpenedStripe> {
  const { secretKey, apiBase, webhookSecrets } = stripe
  if (secretKey !== undefined) {
    const gateway = createStripeGateway(createStripeClient({ secretKey, apiBase }))
    return { gateway, webhookSecrets, sandbox: undefined }
  }
  const { startSandbox } = await import('../emulator/start-emulator.ts')
  const sandbox = await startSandbox({
    host: settings.host,
    port: settings.port,
    file: settings.path,
    now,
    log: (message, detail) => log.debug(detail ?? {}, `sandbox: ${message}`),
  })
  stack.defer(() => sandbox.stop())
  const client = createStripeClient({ secretKey: sandbox.secretKey, apiBase: sandbox.url })
  return {
    gateway: createStripeGateway(client),
    webhookSecrets: [sandbox.webhookSecret],
    sandbox,
  }
}
