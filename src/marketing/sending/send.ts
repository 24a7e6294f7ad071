import type { PostRow } from '../../database/schema.ts'
import type { Channel, SendOutcome } from '../channels/channel.ts'
import { type ReadPrice, renderPost } from '../posts/render.ts'
import type { PostClaims } from './claims.ts'

/** One attempt at a post that was claimed at `claimedAt` (monotonic). */
export type SendPost = (post: PostRow, channel: Channel, claimedAt: number) => Promise<SendOutcome>

export interface SendPostOptions {
  readonly claims: PostClaims
  readonly readPrice: ReadPrice
  readonly monotonicNow: () => number
  readonly sendTimeoutMs: number
  /** How long this attempt holds the channel's lock without extending it. */
  readonly lockMs: number
}

/** The returned function does not send a text that is too long or lacks a price. It never rejects. */
export function createSendPost(options: SendPostOptions): SendPost {
  const { claims, readPrice, monotonicNow, sendTimeoutMs, lockMs } = options

  const toText = async (post: PostRow, channel: Channel): Promise<string | SendOutcome> => {
    const rendering = await renderPost(post, readPrice)
    if ('problem' in rendering)
      return { kind: 'retry', reason: rendering.problem, mayHaveArrived: false }
    const { text } = rendering
    const length = channel.lengthOf(text)
    if (length > channel.lengthMax)
      return {
        kind: 'failed',
        reason: `the text came to ${length} characters, the channel takes at most ${channel.lengthMax}`,
      }
    if (post.text === null) await claims.keepText(post, text)
    return text
  }

  return async (post, channel, claimedAt) => {
    const text = await toText(post, channel).catch(
      (): SendOutcome => ({
        kind: 'retry',
        reason: 'the text could not be kept in the ledger',
        mayHaveArrived: false,
      }),
    )
    if (typeof text !== 'string') return text
    if (monotonicNow() - claimedAt > lockMs / 2)
      return { kind: 'retry', reason: 'it took too long to begin', mayHaveArrived: false }
    try {
      return await channel.send({
        postId: post.id,
        campaignId: post.campaign_id,
        text,
        scheduledAt: post.scheduled_at,
        timeoutMs: sendTimeoutMs,
      })
    } catch {
      return { kind: 'unknown', reason: 'the channel broke while sending' }
    }
  }
}
