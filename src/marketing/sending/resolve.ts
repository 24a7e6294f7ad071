import type { Recorder } from '../../../instrumentation/business/recorder.ts'
import type { PostRow } from '../../database/schema.ts'
import { AppError } from '../../errors.ts'
import { postKey } from '../../ledger/fact-key.ts'
import type { Ledger } from '../../ledger/record/ledger.ts'
import { proofOf } from '../posts/key.ts'
import type { PostStore } from '../posts/store.ts'
import type { PostClaims } from './claims.ts'

export interface PostResolver {
  readonly posts: Pick<PostStore, 'getOf'>
  readonly claims: Pick<PostClaims, 'markSent' | 'resolveUnknown'>
  readonly recorder: Pick<Recorder, 'recordMarketingPost'>
  readonly hasFact: Ledger['hasFact']
  readonly now: () => number
}

export type Resolution = 'sent' | 'failed'

/**
 * Records what an operator found out about a post with an unknown outcome. Resolved as sent, it counts
 * once; a post resolved as failed may still be resolved as sent, but not the reverse.
 * Throws `not_found`, or `invalid_request` for a post whose outcome is known or still to come.
 */
export async function resolvePost(
  { posts, claims, recorder, hasFact, now }: PostResolver,
  campaignId: string,
  postId: string,
  resolution: Resolution,
): Promise<PostRow> {
  const post = await posts.getOf(campaignId, postId)
  if (post.state === resolution) {
    // A post that was recorded in a file that is lost since is still found there.
    await hasFact(postKey(post.campaign_id, post.slot_key))
    return post
  }
  if (!isOpen(post))
    throw new AppError(
      'invalid_request',
      `the post ${postId} is ${post.state}${post.reason === null ? '' : ` (${post.reason})`}: only a post that is unknown can be resolved`,
    )
  const receipt = `operator:${post.id}`
  if (resolution === 'sent')
    await recorder.recordMarketingPost(proofOf(post, now(), receipt, 'operator'), (transaction) =>
      claims.markSent(transaction, post, receipt, 0),
    )
  else await claims.resolveUnknown(post.id)
  return posts.getOf(campaignId, postId)
}

/** Unknown, or resolved as failed by an operator: the service itself fails no post that may have been delivered. */
function isOpen({ state, may_have_arrived }: PostRow): boolean {
  return state === 'unknown' || (state === 'failed' && may_have_arrived === 1)
}
