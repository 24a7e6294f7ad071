import type { SyncState } from './sync-state.ts'

export interface LastWebhook {
  /** A webhook was accepted now. Costs nothing: it is written down later. */
  tick(): void
  /** Writes down what is not written yet; resolves when it is. */
  stop(): Promise<void>
}

const writeEveryMs = 5_000

/** Keeps in the ledger when the last webhook was accepted, to a few seconds. */
export function startLastWebhook(syncState: Pick<SyncState, 'succeed'>): LastWebhook {
  let accepted = 0
  let written = 0

  const write = async (): Promise<void> => {
    const count = accepted
    if (count === written) return
    await syncState.succeed('webhook', { position: null, report: null })
    written = count
  }

  // A failure is told by what else needs the ledger; the next turn tries again.
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
