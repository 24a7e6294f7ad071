/** Currencies whose amounts Stripe gives in whole units: https://docs.stripe.com/currencies#zero-decimal */
const wholeUnits: ReadonlySet<string> = new Set(
  'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '),
)
/** Currencies whose amounts Stripe gives in thousandths: https://docs.stripe.com/currencies#three-decimal */
const thousandths: ReadonlySet<string> = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND'])

/** The decimals of a currency's amounts at Stripe, which are whole numbers of the smallest of them. */
function decimalsOf(currency: string): number {
  const code = currency.toUpperCase()
  return wholeUnits.has(code) ? 0 : thousandths.has(code) ? 3 : 2
}

/** Such as "€29.00" for 2900 minor units of `eur`. Pure. */
export function formatAmount(amountMinor: number, currency: string): string {
  const digits = decimalsOf(currency)
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amountMinor / 10 ** digits)
}
