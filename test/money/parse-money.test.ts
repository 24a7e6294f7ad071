import { expect, test } from 'vitest'
import { toDecimal } from '../../src/money/format-money.ts'
import { toMinor } from '../../src/money/parse-money.ts'

test.each([
  ['19', 'usd', 1900],
  ['19.9', 'EUR', 1990],
  ['0.07', 'usd', 7],
  ['1000', 'jpy', 1000],
  ['1.230', 'kwd', 1230],
  ['500', 'isk', 50_000],
  ['123456789012.99', 'usd', 12_345_678_901_299],
])('%s %s is exact in the minor units that Stripe takes, and back', (decimal, currency, minor) => {
  expect(toMinor(decimal, currency)).toBe(minor)
  expect(Number(toDecimal(minor, currency))).toBe(Number(decimal))
})

test.each([
  ['19.999', 'usd', 'USD has 2 decimals'],
  ['10.5', 'jpy', 'JPY has no decimals'],
  ['10.50', 'isk', 'ISK has no decimals'],
  ['1.234', 'kwd', 'at Stripe the last digit of KWD is 0'],
  ['1,000', 'usd', 'give an amount such as 19 or 19.00'],
  ['-1', 'usd', 'give an amount such as 19 or 19.00'],
])('%s %s is refused with the reason', (decimal, currency, reason) => {
  expect(toMinor(decimal, currency)).toBe(reason)
})
