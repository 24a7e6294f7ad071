import type { Scenario } from '../../harness/scenario.ts'
import { swapAddresses } from './addresses.ts'
import { loseFiles } from './files.ts'

/** What is at the ledger's address is no longer the ledger that the service opened. */
export const identity: Scenario = {
  name: 'identity',
  summary:
    "the ledger's files are removed, cut or replaced, and its address leads to another ledger",
  engines: ['sqlite', 'postgres'],
  isTimed: true,
  rounds: { small: 0, full: 50 },
  run: (chaos) => (chaos.engine === 'sqlite' ? loseFiles(chaos) : swapAddresses(chaos)),
}
