/** A counter has one attribute with fixed values, or none. */
type CounterRow = {
  readonly description: string
  /** What confirms the counted facts: Stripe, which can be queried again, or a channel. */
  readonly provenBy: 'stripe' | 'channel'
} & (
  | { readonly attribute: null; readonly values: null }
  | { readonly attribute: string; readonly values: 'plans' | readonly string[] }
)

/**
 * The contract: everything this service publishes about the business. To add a counter, add a row; the
 * compiler then reports every other place to change.
 */
export const counters = {
  marketing_posts_total: {
    description: 'Promotional posts that a channel confirmed.',
    provenBy: 'channel',
    attribute: null,
    values: null,
  },
  billing_checkout_started_total: {
    description: 'Checkout Sessions that Stripe created, by the plan they sell.',
    provenBy: 'stripe',
    attribute: 'plan',
    /** The configured plans, and every plan that already has a total. */
    values: 'plans',
  },
  billing_payments_total: {
    description:
      'Payments that succeeded, attempts that failed and refunds that succeeded, as Stripe says. The three are different events: do not add them up.',
    provenBy: 'stripe',
    attribute: 'status',
    values: ['success', 'failed', 'refunded'],
  },
} as const satisfies Readonly<Record<string, CounterRow>>

type Counters = typeof counters

export type CounterName = keyof Counters

/** The counters whose facts Stripe proves. */
export type StripeCounter = {
  [Name in CounterName]: Counters[Name]['provenBy'] extends 'stripe' ? Name : never
}[CounterName]

type LabelIn<Values> = Values extends readonly (infer Label)[]
  ? Label
  : Values extends null
    ? ''
    : string

/** The values of a counter's attribute; the empty text if it has none. */
export type LabelOf<Name extends CounterName> = LabelIn<Counters[Name]['values']>

export type PaymentStatus = LabelOf<'billing_payments_total'>

export function isCounterName(name: string): name is CounterName {
  return Object.hasOwn(counters, name)
}

export const counterNames: readonly CounterName[] = Object.keys(counters).filter(isCounterName)

export function isProvenByStripe(name: CounterName): name is StripeCounter {
  return counters[name].provenBy === 'stripe'
}

/** Every label that a counter may have; one empty label for a counter without an attribute. */
export function labelsOf(name: CounterName, plans: readonly string[]): readonly string[] {
  const { values } = counters[name]
  if (values === null) return ['']
  return values === 'plans' ? plans : values
}

/** A series as written on a metrics page, such as `billing_payments_total{status="success"}`. */
export function seriesNameOf(name: CounterName, label: string): string {
  const { attribute } = counters[name]
  return attribute === null ? name : `${name}{${attribute}="${label}"}`
}
