import { z } from 'zod'
import type { Channel, SendOutcome } from '../marketing/channels/channel.ts'
import { cooldownMsOf, decideRetry, retryMsMin } from '../marketing/sending/retry-policy.ts'
import type { AlertMessage, AttemptEnd } from './outbox.ts'

/** Above 10 s, so that `fetch` distinguishes a connect timeout from a missing response. */
export const sendTimeoutMs = 15_000

/** One attempt at a claimed message. Never rejects. */
export async function attemptMessage(
  channel: Channel,
  message: AlertMessage,
): Promise<{ readonly outcome: SendOutcome; readonly end: AttemptEnd }> {
  const outcome = await channel
    .send({
      postId: message.id,
      campaignId: '',
      text: message.text,
      scheduledAt: message.composedAt,
      timeoutMs: sendTimeoutMs,
      alerts: noticesSchema.parse(JSON.parse(message.notices)),
    })
    .catch((): SendOutcome => ({ kind: 'unknown', reason: 'the channel broke while sending' }))
  return { outcome, end: endOf(outcome, message.attempts) }
}

const noticesSchema = z.array(
  z.object({
    name: z.string(),
    severity: z.string(),
    state: z.enum(['firing', 'over']),
    fired_at: z.string(),
    over_at: z.string().nullable(),
  }),
)

/**
 * What follows, by the retry policy of posts, but for two things: an outcome that nobody knows is tried again, since an
 * alert may come twice and not be lost, and a message whose attempts are used up begins anew after an hour. Pure.
 */
function endOf(outcome: SendOutcome, attempts: number): AttemptEnd {
  const waitMs = cooldownMsOf(outcome)
  const change = decideRetry(
    outcome.kind === 'unknown' ? { ...outcome, kind: 'retry', mayHaveArrived: true } : outcome,
    { attempts, mayHaveArrived: false },
  )
  if (change.state === 'sent') return { isSent: true, waitMs }
  if (change.state === 'due')
    return { isSent: false, reason: change.reason, waitMs: change.waitMs, startsOver: false }
  return {
    isSent: false,
    reason: change.reason,
    waitMs: Math.max(retryMsMin, waitMs),
    startsOver: true,
  }
}
