import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take longest, measured; begun first, so that none is left running alone at the end. */
const longest = [
  'test/database/outage.test.ts',
  'test/app/start.test.ts',
  'test/commands/recover.test.ts',
  'test/ledger/lost-files.test.ts',
  'test/ledger/api/facts.test.ts',
  'test/commands/backfill.test.ts',
  'test/marketing/sending/claims.test.ts',
  'test/ledger/record/ledger.test.ts',
  'test/chaos/chaos.test.ts',
  'test/ledger/leader/leader.test.ts',
  'test/marketing/sending/schedule.test.ts',
  'test/stripe/webhook/refused.test.ts',
  'test/ledger/move/refused.test.ts',
]

/** The order of the test files. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.indexOf(relative(this.ctx.config.root, moduleId))
      return at === -1 ? longest.length : at
    }
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}
