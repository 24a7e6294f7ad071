/** A price as Stripe returns it. */
export interface PriceAmount {
  /** Null if there is no single amount, such as for tiers, or an amount that the customer chooses. */
  readonly unitAmountMinor: number | null
  /** Three letters, in either case. */
  readonly currency: string
}

/** Currencies whose amounts Stripe gives in whole units: https://docs.stripe.com/currencies#zero-decimal */
const wholeUnits: ReadonlySet<string> = new Set(
  'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '),
)
/** Currencies whose amounts Stripe gives in thousandths. */
const thousandths: ReadonlySet<string> = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND'])

/** Such as "€29.00"; null if there is no single amount. Pure. */
export function formatPrice({ unitAmountMinor, currency }: PriceAmount): string | null {
  if (unitAmountMinor === null) return null
  const code = currency.toUpperCase()
  const digits = wholeUnits.has(code) ? 0 : thousandths.has(code) ? 3 : 2
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency: code,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(unitAmountMinor / 10 ** digits)
}
