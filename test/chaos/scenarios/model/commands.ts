import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import { type PaymentStatus, seriesNameOf } from '../../../../instrumentation/counters.ts'
import type { Fact, Recorded } from '../../../../src/ledger/fact.ts'
import { checkoutKey, paymentKey, postKey } from '../../../../src/ledger/fact-key.ts'
import { genesis, type Model, type Subject } from './subject.ts'

type Command = fc.AsyncCommand<Model, Subject>

interface FactPlan {
  readonly id: number
  readonly status: PaymentStatus
  readonly kind: 'good' | 'before_genesis' | 'refused' | 'plan' | 'post'
}

function toFact({ id, status, kind }: FactPlan, prefix: string): Fact {
  const name = `${kind}:${status}:${prefix}:${id}`
  const common = {
    occurredAt: genesis + id * 1_000_000,
    objectCreatedAt: kind === 'before_genesis' ? genesis - 1_000 : genesis + 1_000,
    source: 'webhook',
    evidence: 'evt_1',
    amountMinor: id,
    currency: 'usd',
  } as const
  if (kind === 'plan') {
    const label = 'professional'
    return { ...common, key: checkoutKey(name), counter: 'billing_checkout_started_total', label }
  }
  if (kind === 'post') {
    const key = postKey('campaign', name)
    return { ...common, key, objectCreatedAt: null, counter: 'marketing_posts_total', label: '' }
  }
  const key = paymentKey(status, kind === 'refused' ? name.padEnd(300, 'x') : name)
  return { ...common, key, counter: 'billing_payments_total', label: status }
}

const facts = fc.array(
  fc.record({
    id: fc.integer({ min: 1, max: 5 }),
    status: fc.constantFrom('success', 'failed', 'refunded'),
    kind: fc.constantFrom('good', 'good', 'good', 'plan', 'post', 'before_genesis', 'refused'),
  }),
  { minLength: 1, maxLength: 9 },
)

function isAsPlanned(model: Model, fact: Fact, kind: FactPlan['kind']): Recorded | 'rejected' {
  if (kind === 'refused') return 'rejected'
  if (kind === 'before_genesis') return 'before_genesis'
  if (model.known.has(fact.key)) return 'duplicate'
  model.known.add(fact.key)
  const series = seriesNameOf(fact.counter, fact.label)
  model.totals.set(series, (model.totals.get(series) ?? 0) + 1)
  return 'new'
}

function outcomeOf(recording: Promise<Recorded>): Promise<Recorded | 'rejected'> {
  return recording.catch(() => 'rejected' as const)
}

/** Nothing but the committed totals is exposed, and nothing less than before. */
async function check(model: Model, subject: Subject): Promise<void> {
  const page = await subject.page()
  for (const [series, value] of model.exposed)
    if ((page.get(series) ?? 0) < value) throw new Error(`${series} fell below ${value}`)
  deepStrictEqual(new Map([...page].sort()), new Map([...model.totals].sort()))
  model.exposed = page
}

const always = { check: () => true }

/** Several callers at once, with repeats among them: as many receive "new" as there are keys. */
function recordTogether(plans: readonly FactPlan[]): Command {
  return {
    ...always,
    run: async (model, subject) => {
      const given = plans.map((plan) => toFact(plan, model.prefix))
      const outcomes = await Promise.all(
        given.map((fact) => outcomeOf(subject.ledger().record(fact))),
      )
      const planned = given.map((fact, at) => isAsPlanned(model, fact, plans[at]?.kind ?? 'good'))
      // Which of several callers of one key is the first depends on the batches.
      const byKey = (results: readonly string[]) =>
        given.map(({ key }, at) => `${key} ${results[at]}`).toSorted()
      deepStrictEqual(byKey(outcomes), byKey(planned))
    },
    toString: () => `record ${JSON.stringify(plans)}`,
  }
}

function recordAlone(plan: FactPlan, breaks: boolean): Command {
  return {
    ...always,
    run: async (model, subject) => {
      const fact = toFact(plan, model.prefix)
      const outcome = await outcomeOf(
        subject.ledger().record(fact, async () => {
          if (breaks) throw new Error('what should have changed with the fact could not')
        }),
      )
      deepStrictEqual(outcome, breaks ? 'rejected' : isAsPlanned(model, fact, plan.kind))
    },
    toString: () => `record ${JSON.stringify(plan)} alone${breaks ? ', and break' : ''}`,
  }
}

function scrape(): Command {
  return { ...always, run: check, toString: () => 'scrape' }
}

function applyTooLate(behind: number): Command {
  return {
    ...always,
    run: async (model, subject) => {
      const total = model.totals.get('billing_payments_total{status="success"}') ?? 0
      const late = Math.max(0, total - behind)
      subject
        .appliedTotals()
        .apply([{ counter: 'billing_payments_total', label: 'success', total: late }])
      await check(model, subject)
    },
    toString: () => `apply ${behind} too late`,
  }
}

function reopen(): Command {
  return {
    ...always,
    run: async (model, subject) => {
      await subject.reopen()
      await check(model, subject)
    },
    toString: () => 'reopen',
  }
}

const plan = facts.map(([first]) => first ?? ({ id: 1, status: 'success', kind: 'good' } as const))

export const modelCommands = [
  facts.map(recordTogether),
  facts.map(recordTogether),
  fc.tuple(plan, fc.boolean()).map(([one, breaks]) => recordAlone(one, breaks)),
  fc.integer({ min: 0, max: 3 }).map(applyTooLate),
  fc.constant(null).map(scrape),
  fc.constant(null).map(reopen),
]
