import type { Logger } from '../../log.ts'
import { withTimeout } from '../../time/with-timeout.ts'
import type { StripeAccount, StripeGateway } from './gateway.ts'

export interface AccountLookup {
  /** The account, or undefined when Stripe did not answer within `waitMs`. */
  within(waitMs: number): Promise<StripeAccount | undefined>
  /** Goes on asking until Stripe answers, then tells once. */
  onceKnown(tell: (account: StripeAccount) => void): void
  stop(): void
}

const retryMs = 30_000

/** Asks whose key this is. Stripe being out of reach never keeps the service from starting. */
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

  const tellWhenKnown = async (tell: (account: StripeAccount) => void): Promise<void> => {
    const account = await answer
    if (stopped) return
    if (account !== undefined) {
      tell(account)
      return
    }
    timer = setTimeout(() => {
      answer = ask()
      void tellWhenKnown(tell)
    }, retryMs).unref()
  }

  return {
    within: (waitMs) => withTimeout(answer, waitMs),
    onceKnown: (tell) => void tellWhenKnown(tell),
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
