import type { PostRow } from '../../database/schema.ts'
import type { FactSource, Proof } from '../../ledger/fact.ts'
import { postKey } from '../../ledger/fact-key.ts'
import { sourceOf } from './key.ts'

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
