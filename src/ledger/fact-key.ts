import { type CounterName, counters, type PaymentStatus } from '../../instrumentation/counters.ts'

/** The forms of each counter's fact keys, by what they name: a post, or a Stripe object or event. */
interface KeyForms {
  readonly marketing_posts_total: { readonly post: `post:${string}:${string}` }
  readonly billing_checkout_started_total: { readonly checkout_session: `checkout:${string}` }
  readonly billing_payments_total: {
    readonly payment_intent: `payment:success:${string}`
    readonly charge: `payment:failed:${string}`
    /** An attempt without a charge of its own. */
    readonly event: `payment:failed:evt_${string}`
    readonly refund: `payment:refunded:${string}`
  }
}

export type NamedByKey<Name extends CounterName> = keyof KeyForms[Name]

type Keys = { readonly [Name in CounterName]: KeyForms[Name][NamedByKey<Name>] }

/** A fact's permanent unique identity: the same whichever source reports the fact. */
export type FactKey<Name extends CounterName = CounterName> = Keys[Name]

/** The key of a campaign's post; `slotKey` is the scheduled instant, or identifies a manual post. */
export function postKey(campaignId: string, slotKey: string): FactKey<'marketing_posts_total'> {
  return `post:${campaignId}:${slotKey}`
}

export function checkoutKey(sessionId: string): FactKey<'billing_checkout_started_total'> {
  return `checkout:${sessionId}`
}

/**
 * The key of a payment: a success by its PaymentIntent, a refund by its own id, a failed attempt by its
 * charge, or by its event if it has no charge of its own.
 */
export function paymentKey(status: PaymentStatus, id: string): FactKey<'billing_payments_total'> {
  return `payment:${status}:${id}`
}

/** The keys that a search may mean: a whole key, or those of the object with this id. */
export function keysMeantBy(search: string): readonly string[] {
  const statuses = counters.billing_payments_total.values
  const payments = statuses.map((status) => paymentKey(status, search))
  return [search, checkoutKey(search), ...payments, `post:${search}`]
}

/** A parsed key: its counter, and what it names. */
export type ParsedFactKey<Name extends CounterName = CounterName> = {
  [Each in Name]: {
    readonly counter: Each
    readonly names: NamedByKey<Each>
    /** Stripe's id, or `<campaign id>:<slot key>`. */
    readonly id: string
  }
}[Name]

const pattern = /^(post|checkout|payment:success|payment:failed|payment:refunded):(.+)$/s

/** Parses a key; undefined if the text is not a key. */
export function parseFactKey(key: string): ParsedFactKey | undefined {
  const [, form, id] = pattern.exec(key) ?? []
  if (id === undefined) return undefined
  const payment = { counter: 'billing_payments_total', id } as const
  switch (form) {
    case 'post':
      return { counter: 'marketing_posts_total', names: 'post', id }
    case 'checkout':
      return { counter: 'billing_checkout_started_total', names: 'checkout_session', id }
    case 'payment:success':
      return { ...payment, names: 'payment_intent' }
    case 'payment:failed':
      return { ...payment, names: id.startsWith('evt_') ? 'event' : 'charge' }
    case 'payment:refunded':
      return { ...payment, names: 'refund' }
    default:
      return undefined
  }
}
