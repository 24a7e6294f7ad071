import type { NewDeadLetter } from '../../src/ledger/dead-letters.ts'
import type { Recorded } from '../../src/ledger/fact.ts'
import type { IngestContext } from '../../src/stripe/facts/ingest-context.ts'

const created = 1_800_000_000
const metadata = { plan: 'starter', countinghouse: 'ledger01' }

/** A Checkout Session of ours as Stripe lists it, as far as we read it. */
export const listedSession = { id: 'cs_1', created, metadata }
/** A refund as Stripe lists it, as far as we read it. */
export const listedRefund = {
  id: 're_1',
  created,
  amount: 500,
  currency: 'usd',
  status: 'succeeded',
  payment_intent: 'pi_1',
  charge: 'ch_1',
}

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
