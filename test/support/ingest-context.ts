import type { NewDeadLetter } from '../../src/ledger/dead-letters.ts'
import type { Recorded } from '../../src/ledger/fact.ts'
import type { IngestContext } from '../../src/stripe/facts/ingest-context.ts'

/** What events and objects are read with, of a ledger in memory that notes what it is given. */
export function openIngest(changes: Partial<IngestContext> = {}) {
  const recorded: string[] = []
  const letters: NewDeadLetter[] = []
  const ignored: string[] = []
  const asked: string[] = []
  const outcomes = new Map<string, Recorded>()
  const note =
    (counter: string) =>
    async (label: string, { key }: { key: string }): Promise<Recorded> => {
      recorded.push(`${counter} ${label} ${key}`)
      return outcomes.get(key) ?? 'new'
    }
  const charge = { id: 'ch_1', amount: 500, captured: true, currency: 'usd' }
  const context: IngestContext = {
    recorder: {
      recordMarketingPost: async () => 'new',
      recordCheckoutStarted: note('checkout'),
      recordPayment: note('payment'),
      hasPlan: (plan) => plan === 'starter',
    },
    ledgerId: 'ledger01',
    mode: 'test',
    keepDeadLetter: async (letter) => void letters.push(letter),
    refunds: {
      retrieveCharge: async (id) => {
        asked.push(id)
        return charge
      },
      listRefunds: async () => [],
    },
    hasFact: async () => false,
    readAccount: async () => 'acct_1',
    onIgnored: (reason) => void ignored.push(reason),
    ...changes,
  }
  return { context, recorded, letters, ignored, asked, outcomes, charge }
}
