import type { SyncState } from './sync-state.ts'

export interface LastWebhook {
  /** Notes that a webhook was accepted now. Cheap: it is saved later. */
  tick(): void
  /** Saves a pending time; resolves when it is saved. */
  stop(): Promise<void>
}

const writeEveryMs = 5_000

/** Saves in the ledger when the last webhook was accepted, accurate to a few seconds. */
export function startLastWebhook(syncState: Pick<SyncState, 'succeed'>): LastWebhook {
  let accepted = 0
  let written = 0

  const write = async (): Promise<void> => {
    const count = accepted
    if (count === written) return
    await syncState.succeed('webhook', { position: null, report: null })
    written = count
  }

  // Whatever else needs the ledger reports a failure; the next write retries.
  const turn = () => void write().catch(() => undefined)
  const timer = setInterval(turn, writeEveryMs).unref()
  return {
    tick: () => {
      accepted += 1
    },
    stop: async () => {
      clearInterval(timer)
      await write().catch(() => undefined)
    },
  }
}
