import { minorDigitsOf } from './format-money.ts'

/** Amounts that have to be whole although Stripe keeps two decimals: https://docs.stripe.com/currencies#special-cases. */
const wholeAmounts: ReadonlySet<string> = new Set(['ISK', 'UGX'])

/**
 * An exact decimal as minor units of a currency: 2900 for "29" or "29.00" and eur, 29 for "29" and jpy. A text says what is
 * wrong with it. Pure.
 */
export function toMinor(decimal: string, currency: string): number | string {
  const [, whole = '', fraction = ''] = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(decimal) ?? []
  if (whole === '') return 'give an amount such as 19 or 19.00'
  const digits = minorDigitsOf(currency)
  const code = currency.toUpperCase()
  if (fraction.length > digits)
    return digits === 0 ? `${code} has no decimals` : `${code} has ${digits} decimals`
  const amountMinor = Number(whole + fraction.padEnd(digits, '0'))
  if (wholeAmounts.has(code) && amountMinor % 100 !== 0) return `${code} has no decimals`
  // https://docs.stripe.com/currencies#three-decimal
  if (digits === 3 && amountMinor % 10 !== 0) return `at Stripe the last digit of ${code} is 0`
  return amountMinor
}
