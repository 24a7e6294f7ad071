import { readFileSync } from 'node:fs'
import type { Edit } from './source-copy.ts'

/** The row of a fourth counter, and what a developer then adds where the compiler requires it. */

const contract = 'instrumentation/counters.ts'

export const row: Edit = [
  contract,
  '\n} as const satisfies ',
  `
  billing_disputes_total: {
    description: 'Disputes that were opened, by their reason.',
    provenBy: 'stripe',
    attribute: 'reason',
    values: ['fraudulent', 'duplicate', 'other'],
  },
} as const satisfies `,
]

/** Every file that the compiler names once the row is there. */
export const namedFiles = [
  'instrumentation/business/recorder.ts',
  'src/emulator/pages/counters-view.ts',
  'src/ledger/fact-key.ts',
  'src/stripe/facts/object-registry.ts',
  'src/stripe/facts/record-stripe-fact.ts',
  'src/stripe/facts/registry.ts',
  'src/stripe/sync/look-up-object.ts',
]

export const reader = {
  file: 'src/stripe/facts/dispute.ts',
  text: readFileSync(new URL('../fixtures/fourth-counter/dispute.ts.txt', import.meta.url), 'utf8'),
}

const recorder: readonly Edit[] = [
  before(
    'instrumentation/business/recorder.ts',
    "billing_payments_total: 'recordPayment'",
    "billing_disputes_total: 'recordDispute',",
  ),
  before(
    'instrumentation/business/recorder.ts',
    'recordPayment: (',
    `recordDispute: (reason, dispute, alongside) =>
      through('billing_disputes_total', reason, dispute, alongside),`,
  ),
]

const page: readonly Edit[] = [
  before(
    'src/emulator/pages/counters-view.ts',
    "billing_payments_total: 'Payments'",
    "billing_disputes_total: 'Disputes',",
  ),
]

const keys: readonly Edit[] = [
  before(
    'src/ledger/fact-key.ts',
    'readonly billing_payments_total: {',
    `readonly billing_disputes_total: { readonly dispute: \`dispute:\${string}\` }`,
  ),
  before(
    'src/ledger/fact-key.ts',
    'export function checkoutKey(',
    `export function disputeKey(disputeId: string): FactKey<'billing_disputes_total'> {
  return \`dispute:\${disputeId}\`
}`,
  ),
  ['src/ledger/fact-key.ts', '/^(post|', '/^(post|dispute|'],
  before(
    'src/ledger/fact-key.ts',
    "case 'checkout':",
    "case 'dispute': return { counter: 'billing_disputes_total', names: 'dispute', id }",
  ),
]

const sources: readonly Edit[] = [
  before(
    'src/stripe/facts/registry.ts',
    'import type { StripeEvent }',
    "import { disputeOpened } from './dispute.ts'",
  ),
  before(
    'src/stripe/facts/registry.ts',
    'billing_payments_total: [',
    'billing_disputes_total: [disputeOpened],',
  ),
  before(
    'src/stripe/facts/object-registry.ts',
    'import { chargeQuestion, readRefund }',
    "import { readDispute } from './dispute.ts'",
  ),
  before(
    'src/stripe/facts/object-registry.ts',
    'billing_payments_total: [',
    "billing_disputes_total: [{ list: 'disputes', read: (object, context) => readDispute(object, context) }],",
  ),
  before(
    'src/stripe/facts/record-stripe-fact.ts',
    "case 'billing_payments_total':",
    "case 'billing_disputes_total': return recorder.recordDispute(fact.label, fact.proof)",
  ),
  before(
    'src/stripe/sync/look-up-object.ts',
    'import { readKnownRefund }',
    "import { readDispute } from '../facts/dispute.ts'",
  ),
  before(
    'src/stripe/sync/look-up-object.ts',
    'billing_payments_total: {',
    "billing_disputes_total: { dispute: { kind: 'disputes', read: readDispute } },",
  ),
]

const lists: readonly Edit[] = [
  ['src/stripe/client/lists.ts', 'type ListName =', "type ListName = 'disputes' |"],
  before(
    'src/stripe/client/lists.ts',
    'refunds: (query)',
    'disputes: (query) => stripe.disputes.list(query),',
  ),
  before(
    'src/stripe/client/lists.ts',
    'refunds: (id)',
    'disputes: (id) => stripe.disputes.retrieve(id),',
  ),
]

export const completions: readonly Edit[] = [...recorder, ...page, ...keys, ...sources, ...lists]

export interface Dispute {
  readonly id: string
  /** Whole seconds. */
  readonly created: number
  readonly amount: number
  readonly currency: string
  readonly reason: string
  readonly livemode: boolean
}

/** A dispute as Stripe's lists have it, opened now. */
export function openDispute(id: string): Dispute {
  const created = Math.floor(Date.now() / 1000) + 1
  const money = { amount: 4900, currency: 'usd' }
  return { id, created, ...money, reason: 'fraudulent', livemode: false }
}

/** The body of the webhook that reports it. */
export function openedEvent(object: Dispute): string {
  return JSON.stringify({
    id: 'evt_dispute',
    object: 'event',
    type: 'charge.dispute.created',
    created: object.created,
    livemode: false,
    data: { object },
  })
}

function before(file: string, text: string, added: string): Edit {
  return [file, text, `${added}\n${text}`]
}
