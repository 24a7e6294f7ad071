import type { Logger } from '../../log.ts'

export interface LeaseKeeper {
  stop(): Promise<void>
}

const intervalMs = 750

/**
 * Renews the lease periodically, so that the leader keeps it, another replica acquires an expired one,
 * and every replica notices when the ledger lost commits. Repeated failures are logged once, until a
 * renewal succeeds.
 */
export function keepLease(
  renew: () => Promise<unknown>,
  log: Pick<Logger, 'warn' | 'info'>,
): LeaseKeeper {
  let stopped = false
  let isFailing = false
  let timer: NodeJS.Timeout | undefined
  let renewal: Promise<void> = Promise.resolve()

  const renewAgain = async (): Promise<void> => {
    try {
      await renew()
      if (isFailing) log.info('the ledger can be read again')
      isFailing = false
    } catch (cause) {
      if (!isFailing) log.warn({ reason: String(cause) }, 'the ledger cannot be read')
      isFailing = true
    }
    if (!stopped) timer = setTimeout(next, intervalMs)
  }

  const next = (): void => {
    renewal = renewAgain()
  }

  next()
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await renewal
    },
  }
}
