import { createHash } from 'node:crypto'
import type { PostRow } from '../../database/schema.ts'
import type { FactSource, Proof } from '../../ledger/fact.ts'
import { postKey } from '../../ledger/fact-key.ts'

const manualPrefix = 'manual:'

/** What the slot keys of posts that somebody asked for are like, in SQL. */
export const manualKeys = `${manualPrefix}%`

/** The slot key of a scheduled instant. */
export function slotKeyOf(instant: number): string {
  return new Date(instant).toISOString()
}

/** The slot key of a post that somebody asked for. */
export function manualSlotKey(manualId: string): string {
  return `${manualPrefix}${manualId}`
}

/** A manual post's id when the caller sent an Idempotency-Key: the same key gives the same post. */
export function manualIdOf(campaignId: string, idempotencyKey: string): string {
  return digest(`${campaignId}\n${idempotencyKey}`)
}

/** A post's id: the same from every replica, and without the dot that signatures separate with. */
export function postIdOf(campaignId: string, slotKey: string): string {
  return `post_${digest(`${campaignId}\n${slotKey}`)}`
}

/** Who asked for a post. */
export function sourceOf(slotKey: string): 'manual' | 'schedule' {
  return slotKey.startsWith(manualPrefix) ? 'manual' : 'schedule'
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24)
}

/** What the ledger keeps of a post that was sent; `evidence` is the channel's receipt. */
export function proofOf(
  post: Pick<PostRow, 'campaign_id' | 'slot_key'>,
  at: number,
  evidence: string,
  source: FactSource = sourceOf(post.slot_key),
): Proof<'marketing_posts_total'> {
  return {
    key: postKey(post.campaign_id, post.slot_key),
    occurredAt: at,
    objectCreatedAt: null,
    source,
    evidence,
    amountMinor: null,
    currency: null,
  }
}
