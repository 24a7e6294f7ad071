import type { Mutant } from '../mutant.ts'

const prune = 'test/commands/prune.test.ts'
const backup = 'test/commands/backup.test.ts'

/** What is deleted and what is copied: `prune` and `backup`. */
export const keepingMutants: readonly Mutant[] = [
  {
    id: 'unprocessed-slot-pruned',
    file: 'src/marketing/posts/prune.ts',
    find: 'scheduled_at <= slotsThrough)',
    replace: 'scheduled_at <= before)',
    tests: [prune],
    named: 'it deletes what can never',
  },
  {
    id: 'manual-post-pruned-without-fact',
    file: 'src/marketing/posts/prune.ts',
    find: 'counted.has(keyOf(post))',
    replace: 'keyOf(post)',
    tests: [prune],
    named: 'it deletes what can never',
  },
  {
    id: 'pruned-key-sends-again',
    file: 'src/marketing/sending/post-now.ts',
    find: 'if (known === undefined) await refusePruned(',
    replace: 'if (known === null) await refusePruned(',
    tests: [prune],
    named: 'it deletes what can never',
  },
  {
    id: 'open-dead-letter-pruned',
    file: 'src/ledger/prune-dead-letters.ts',
    find: "and([eb('received_at', '<', before), eb('dismissed_at', '<', before)])",
    replace: "and([eb('received_at', '<', before)])",
    tests: [prune],
    named: 'it deletes what can never',
  },
  {
    id: 'pruned-while-read-again',
    file: 'src/stripe/sync/next-read-start.ts',
    find: '...refused.map(({ since }) => since),',
    replace: '',
    tests: [prune],
    named: 'while a sync job may read',
  },
  {
    id: 'backup-in-wal-mode',
    file: 'src/database/copy-sqlite.ts',
    find: 'pragma journal_mode = delete',
    replace: 'pragma journal_mode',
    tests: [backup],
    named: 'one private file',
  },
]
