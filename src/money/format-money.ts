/** Currencies whose amounts Stripe gives in whole units: https://docs.stripe.com/currencies#zero-decimal */
const wholeUnits: ReadonlySet<string> = new Set(
  'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '),
)
/** Currencies whose amounts Stripe gives in thousandths. */
const thousandths: ReadonlySet<string> = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND'])

/** Formats minor units of a currency as Stripe gives them, such as "€29.00". Pure. */
export function formatMoney(amountMinor: number, currency: string): string {
  const digits = minorDigitsOf(currency)
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amountMinor / 10 ** digits)
}

/** How many decimal digits Stripe's minor units of a currency are: 2 for usd, 0 for jpy. Pure. */
export function minorDigitsOf(currency: string): number {
  const code = currency.toUpperCase()
  return wholeUnits.has(code) ? 0 : thousandths.has(code) ? 3 : 2
}
