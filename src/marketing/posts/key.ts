import { createHash } from 'node:crypto'
import type { PostRow } from '../../database/schema.ts'
import type { FactSource, Proof } from '../../ledger/fact.ts'
import { postKey } from '../../ledger/fact-key.ts'

const manualPrefix = 'manual:'

/** The SQL pattern for slot keys of manual posts. */
export const manualKeys = `${manualPrefix}%`

/** The slot key of a scheduled instant. */
export function slotKeyOf(instant: number): string {
  return new Date(instant).toISOString()
}

/** The slot key of a manual post. */
export function manualSlotKey(manualId: string): string {
  return `${manualPrefix}${manualId}`
}

/** A manual post's id for an Idempotency-Key: the same key gives the same post. */
export function manualIdOf(campaignId: string, idempotencyKey: string): string {
  return digest(`${campaignId}\n${idempotencyKey}`)
}

/** A post's id: the same on every replica, and without a dot, which separates the parts of a signature. */
export function postIdOf(campaignId: string, slotKey: string): string {
  return `post_${digest(`${campaignId}\n${slotKey}`)}`
}

/** What triggered a post. */
export function sourceOf(slotKey: string): 'manual' | 'schedule' {
  return slotKey.startsWith(manualPrefix) ? 'manual' : 'schedule'
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24)
}

/** The fact of a sent post; `evidence` is the channel's receipt. */
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
