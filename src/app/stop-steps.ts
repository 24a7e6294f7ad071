import { setTimeout as wait } from 'node:timers/promises'
import type { StartedParts } from './parts.ts'
import type { StopSteps } from './stop.ts'

/** Answers "not ready" for a while, if it was ready. Returns how long, in milliseconds. */
export async function drain({ api, readiness }: StartedParts, delayMs: number): Promise<number> {
  if (readiness === undefined) return 0
  readiness.isServing = false
  api?.closeConnections()
  await wait(delayMs)
  return delayMs
}

/** The stop steps, in order: nothing new is accepted, what was accepted is recorded and exposed. */
export function stopSteps(started: StartedParts): StopSteps {
  const { api, metrics, database, stripe, account, counters, ledger } = started
  const {
    leader,
    otlp,
    live,
    factStreams,
    syncJobs,
    lastWebhook,
    refusedCounts,
    marketing,
    alerts,
  } = started
  return {
    drain: [
      ['no page is updated any more', () => live?.stop()],
      ['no stream of facts is open any more', () => factStreams?.stop()],
      ['no sync job begins, and the one under way ends', () => syncJobs?.stop()],
      ['no post is sent, and those under way end', (timeoutMs) => marketing?.stop(timeoutMs)],
      ['no alert is posted, and an attempt under way ends', (timeoutMs) => alerts?.stop(timeoutMs)],
      ['the API closes once its requests are answered', (timeoutMs) => api?.stop(timeoutMs)],
    ],
    close: [
      ['the last batch commits', () => ledger?.idle()],
      ['the time of the last webhook is written', () => lastWebhook?.stop()],
      ['the number of refused webhooks is written', () => refusedCounts?.stop()],
      ['metrics and traces are pushed a last time', (timeoutMs) => otlp?.stop(timeoutMs)],
      ['the lease is renewed no more', () => leader?.stopRenewing()],
      ['/metrics closes', (timeoutMs) => metrics?.stop(timeoutMs)],
      ['nothing is measured any more', () => counters?.stop()],
      ['the lease is released', () => leader?.releaseLease()],
      ['the Stripe account is looked up no more', () => account?.stop()],
      ['the emulator stops', () => stripe?.emulator?.stop()],
      ['the database closes', () => database?.close()],
    ],
  }
}
