/** One price of a plan, by lookup key or by id. */
export type PriceSetting =
  | { readonly kind: 'lookup_key'; readonly lookupKey: string }
  | { readonly kind: 'price'; readonly priceId: string }

export interface PlanSetting {
  /** The label of its checkouts. */
  readonly plan: string
  /** Its prices; the first one is the default. */
  readonly prices: readonly PriceSetting[]
  /** Also sold if they exist at Stripe: the monthly and yearly prices of a plan without listed prices. */
  readonly optionalPrices: readonly PriceSetting[]
}

export type ParsedPlans =
  | { readonly plans: readonly PlanSetting[] }
  | { readonly problems: readonly string[] }

const planPattern = /^[a-z0-9][a-z0-9_-]{0,62}$/
const periods = ['monthly', 'yearly'] as const

/**
 * Reads `PLANS`: plans separated by commas. A plan is a name (sold at the price with that lookup key, and
 * at `<name>_monthly` and `<name>_yearly` if they exist at Stripe), or `<name>=<price>|<price>…`, where a
 * price is a lookup key or an id (`price_…`). A repeated name adds prices.
 */
export function parsePlans(text: string): ParsedPlans {
  const items = text.split(',').map((item) => item.trim())
  const named = new Map<string, string[]>()
  for (const item of items) {
    const [plan, prices] = splitAtFirst(item, '=')
    const known = named.get(plan) ?? []
    named.set(plan, [...known, ...(prices === undefined ? [plan] : prices.split('|'))])
  }
  const problems = [...named].flatMap(([plan, prices]) => problemsOf(plan, prices))
  if (problems.length > 0) return { problems }
  const bare = new Set(items)
  const taken = new Set([...named.values()].flat())
  const plans = [...named].map(([plan, prices]) => ({
    plan,
    prices: prices.map(toPriceSetting),
    optionalPrices: bare.has(plan)
      ? periods
          .map((period) => `${plan}_${period}`)
          .filter((key) => !taken.has(key))
          .map(toPriceSetting)
      : [],
  }))
  return { plans }
}

/** The lookup key or id, as written in `PLANS`. */
export function nameOf(price: PriceSetting): string {
  return price.kind === 'price' ? price.priceId : price.lookupKey
}

function problemsOf(plan: string, prices: readonly string[]): readonly string[] {
  if (!planPattern.test(plan))
    return [`"${plan}" is not a plan: use lower-case letters, digits, - and _, separated by commas`]
  if (prices.some((price) => !/^\S{1,200}$/.test(price)))
    return [`give ${plan} lookup keys or price ids, separated by |, such as ${plan}=a_key|price_1A`]
  if (new Set(prices).size === prices.length) return []
  return prices.every((price) => price === plan)
    ? ['a plan is listed twice']
    : [`${plan} has the same price twice`]
}

function toPriceSetting(name: string): PriceSetting {
  return name.startsWith('price_')
    ? { kind: 'price', priceId: name }
    : { kind: 'lookup_key', lookupKey: name }
}

function splitAtFirst(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)]
}
