import type { Traces } from '../../../instrumentation/traces/traces.ts'
import type { PostSlot } from './attempt.ts'

/** The same verb within a span: for a post of the schedule the first of its trace. */
export function tracePosts(postSlot: PostSlot, traces: Traces | undefined): PostSlot {
  return traces?.isOn
    ? {
        ...postSlot,
        send: (post, channel, claimedAt) =>
          traces.span({ name: 'post' }, () => postSlot.send(post, channel, claimedAt)),
      }
    : postSlot
}
