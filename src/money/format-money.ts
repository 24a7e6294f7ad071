/**
 * Currencies whose amounts Stripe gives in whole units: https://docs.stripe.com/currencies#zero-decimal. ISK and UGX have
 * no decimals either, but Stripe keeps two for them: https://docs.stripe.com/currencies#special-cases.
 */
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

/** Minor units as an exact decimal without grouping: "29.00" for 2900 and eur, "-0.005" for -5 and kwd. Pure. */
export function toDecimal(amountMinor: number, currency: string): string {
  const digits = minorDigitsOf(currency)
  const sign = amountMinor < 0 ? '-' : ''
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, '0')
  const whole = text.slice(0, text.length - digits)
  return digits === 0 ? `${sign}${whole}` : `${sign}${whole}.${text.slice(-digits)}`
}

/** How many decimal digits Stripe's minor units of a currency are: 2 for usd, 0 for jpy. Pure. */
export function minorDigitsOf(currency: string): number {
  const code = currency.toUpperCase()
  return wholeUnits.has(code) ? 0 : thousandths.has(code) ? 3 : 2
}
