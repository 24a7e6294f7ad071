import type { SendOutcome } from '../channels/channel.ts'

/** What an attempt changes about a post. */
export type PostChange =
  | { readonly state: 'sent'; readonly receipt: string }
  | { readonly state: 'failed' | 'unknown'; readonly reason: string }
  | {
      readonly state: 'due'
      readonly reason: string
      /** From now. */
      readonly waitMs: number
      readonly mayHaveArrived: boolean
    }

export interface Attempt {
  /** Including this one. */
  readonly attempts: number
  /** Whether an earlier attempt may have been delivered. */
  readonly mayHaveArrived: boolean
}

export const attemptsMax = 8
const firstWaitMs = 5_000
const waitMsMax = 300_000
/** How long after its slot a post may be retried, unless the grace period is longer. */
export const retryMsMin = 3_600_000
const cooldownMsMax = 24 * 3_600_000

/**
 * Decides what follows an attempt. Pure. A post that one of its attempts may have delivered
 * never ends as `failed`: its outcome is unknown.
 */
export function decideRetry(outcome: SendOutcome, attempt: Attempt): PostChange {
  if (outcome.kind === 'sent') return { state: 'sent', receipt: outcome.receipt }
  const mayHaveArrived =
    attempt.mayHaveArrived ||
    outcome.kind === 'unknown' ||
    (outcome.kind === 'retry' && outcome.mayHaveArrived)
  const end = (reason: string): PostChange => ({
    state: mayHaveArrived ? 'unknown' : 'failed',
    reason,
  })
  if (outcome.kind !== 'retry') return end(outcome.reason)
  if (attempt.attempts >= attemptsMax)
    return end(`${outcome.reason}, at the last of ${attemptsMax} attempts`)
  const waitMs = Math.max(waitMsAfter(attempt.attempts), outcome.cooldownMs ?? 0)
  if (waitMs > retryMsMin) return end(`${outcome.reason} and asks to wait longer than an hour`)
  return { state: 'due', reason: outcome.reason, waitMs, mayHaveArrived }
}

/** How long the channel is not used after an attempt, at most a day. */
export function cooldownMsOf({ cooldownMs = 0 }: SendOutcome): number {
  return Math.min(cooldownMs, cooldownMsMax)
}

function waitMsAfter(attempts: number): number {
  return Math.min(firstWaitMs * 2 ** (attempts - 1), waitMsMax)
}
