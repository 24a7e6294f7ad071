import type { Logger } from '../../log.ts'
import { withTimeout } from '../../time/with-timeout.ts'
import type { StripeAccount, StripeGateway } from './gateway.ts'

export interface AccountLookup {
  /** The account, or undefined if Stripe did not respond within `waitMs`. */
  within(waitMs: number): Promise<StripeAccount | undefined>
  /** Retries until Stripe responds, then calls `callback` once. */
  onceKnown(callback: (account: StripeAccount) => void): void
  stop(): void
}

const retryMs = 30_000

/** Looks up the account of the key. An unreachable Stripe does not prevent the service from starting. */
export function lookUpAccount(
  gateway: Pick<StripeGateway, 'retrieveAccount'>,
  log: Pick<Logger, 'warn'>,
): AccountLookup {
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const ask = (): Promise<StripeAccount | undefined> =>
    gateway.retrieveAccount().catch((cause: unknown) => {
      if (!stopped) log.warn({ reason: String(cause) }, 'the Stripe account could not be read')
      return undefined
    })

  let answer = ask()

  const reportWhenKnown = async (callback: (account: StripeAccount) => void): Promise<void> => {
    const account = await answer
    if (stopped) return
    if (account !== undefined) {
      callback(account)
      return
    }
    timer = setTimeout(() => {
      answer = ask()
      void reportWhenKnown(callback)
    }, retryMs).unref()
  }

  return {
    within: (waitMs) => withTimeout(answer, waitMs),
    onceKnown: (callback) => void reportWhenKnown(callback),
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
