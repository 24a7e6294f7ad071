import { vi } from 'vitest'
import { createRecorder } from '../../instrumentation/business/recorder.ts'
import { createChannels } from '../../src/marketing/channels/registry.ts'
import { createPostSlot } from '../../src/marketing/sending/attempt.ts'
import type { PostClaims } from '../../src/marketing/sending/claims.ts'
import type { ManualPosts } from '../../src/marketing/sending/post-now.ts'
import { openTables } from '../../src/marketing/tables.ts'
import { openHouse } from './marketing.ts'

/** Posting now on a real ledger, without the schedule; what it claims and sends is noted. */
export async function openPostNow() {
  const house = await openHouse()
  const campaign = await house.create()
  const { claims, ledger, time, clock } = house
  const { queries } = house.database
  const now = () => clock.now
  const print = () => undefined
  const sent: string[] = []
  const asked: string[] = []
  const log = { info: print, warn: print, error: print }
  const claimPost = vi.fn<PostClaims['claimPost']>(claims.claimPost)
  const parts: ManualPosts = {
    ...openTables(queries),
    time,
    sending: {
      claims: { ...claims, claimPost },
      postSlot: createPostSlot({
        claims,
        recorder: createRecorder({ record: ledger.record, plans: [] }),
        sendPost: async ({ id }) => {
          sent.push(id)
          return { kind: 'sent', receipt: `receipt_${sent.length}` }
        },
        lockMs: 5_000,
        now,
        log,
      }),
      channels: createChannels(new Map([['console', 'console:']]), { fetch, now, print }),
      monotonicNow: () => performance.now(),
      claimMs: 60_000,
    },
    createId: () => crypto.randomUUID(),
    hasFact: async (key) => {
      asked.push(key)
      return ledger.hasFact(key)
    },
  }
  /** What the channel's row says, as another process would have it. */
  const setChannel = (row: { busy_until?: number; not_before?: number }) => {
    const values = { name: 'console', not_before: 0, busy_until: 0, busy_with: 'another', ...row }
    return queries
      .insertInto('channels')
      .values(values)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
      .execute()
  }
  const change = (changes: { state?: 'missed'; attempts?: number }, id?: string) =>
    queries
      .updateTable('posts')
      .set(changes)
      .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
      .execute()
  return { house, queries, campaign, claims, parts, claimPost, sent, asked, setChannel, change }
}

export function neverAgain(): never {
  throw new Error('it was claimed again')
}
