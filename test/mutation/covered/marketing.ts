type Covered = Readonly<Record<string, readonly string[]>>

const placeholders = 'test/marketing/posts/placeholders.test.ts'
const dueSender = 'test/marketing/sending/due-sender.test.ts'
const schedule = 'test/marketing/sending/schedule.test.ts'
const claims = 'test/marketing/sending/claims.test.ts'
const races = 'test/marketing/sending/claim-races.test.ts'
const commit = 'test/marketing/sending/commit.test.ts'
const postStore = 'test/marketing/posts/store.test.ts'

/** Posts, from their text to their outcome. */
export const marketingFiles: Covered = {
  'src/marketing/posts/deadlines.ts': [schedule, claims],
  'src/marketing/posts/expire.ts': [claims, 'test/marketing/posts/expire.test.ts', schedule],
  'src/marketing/posts/format-price.ts': [placeholders, 'test/marketing/posts/prices.test.ts'],
  'src/marketing/posts/holds.ts': ['test/marketing/posts/holds.test.ts'],
  'src/marketing/posts/key.ts': ['test/marketing/posts/key.test.ts'],
  'src/marketing/posts/placeholders.ts': [placeholders],
  'src/marketing/posts/prune.ts': ['test/marketing/posts/prune.test.ts'],
  'src/marketing/posts/render.ts': [placeholders, schedule],
  'src/marketing/posts/store.ts': [postStore, schedule],
  'src/marketing/sending/attempt.ts': ['test/marketing/sending/attempt.test.ts', commit],
  'src/marketing/sending/channel-lock.ts': [claims],
  'src/marketing/sending/claims.ts': [
    'test/marketing/sending/attempted-post.test.ts',
    claims,
    races,
    schedule,
  ],
  'src/marketing/sending/dispatcher.ts': [dueSender, 'test/marketing/sending/due-posts.test.ts'],
  'src/marketing/sending/post-now.ts': [
    'test/marketing/sending/post-now-waits.test.ts',
    'test/marketing/sending/post-now-keys.test.ts',
  ],
  'src/marketing/sending/resolve.ts': ['test/marketing/sending/resolve-post.test.ts'],
  'src/marketing/sending/retry-policy.ts': ['test/marketing/sending/retry-policy.test.ts'],
  'src/marketing/sending/send.ts': ['test/marketing/sending/send.test.ts'],
}
