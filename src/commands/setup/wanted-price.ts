import { nameOf, type PlanSetting } from '../../config/plans.ts'
import { AppError } from '../../errors.ts'
import { toDecimal } from '../../money/format-money.ts'
import { toMinor } from '../../money/parse-money.ts'
import type { Price } from '../../stripe/client/gateway.ts'
import type { Interval, NewPrice } from '../../stripe/client/setup-gateway.ts'
import { describePeriod } from '../doctor/prices.ts'

/** What a price shall be: all that cannot be changed once Stripe has it. */
export type WantedPrice = Pick<NewPrice, 'amountMinor' | 'currency' | 'recurring'>

export const priceExample = '19.00usd/month'
const pricePattern = /^([\d.]+) ?([a-z]{3})(?:\/(\d{1,2})? ?(day|week|month|year)s?)?$/i

/** Reads "19.00usd/month", "99usd/3months" or, paid once, "250usd". Throws `invalid_request`. */
export function readWantedPrice(name: string, text: string): WantedPrice {
  const [, decimal = '', code = '', count = '1', period] = pricePattern.exec(text.trim()) ?? []
  const refuse = (reason: string) =>
    new AppError('invalid_request', `the price ${name}=${text}: ${reason}`)
  if (decimal === '') throw refuse(`give amount, currency and period, such as ${priceExample}`)
  const currency = code.toLowerCase()
  const amountMinor = toMinor(decimal, currency)
  if (typeof amountMinor === 'string') throw refuse(amountMinor)
  if (period === undefined) return { amountMinor, currency, recurring: null }
  if (Number(count) === 0) throw refuse('a period is 1 or more')
  return {
    amountMinor,
    currency,
    recurring: { interval: toInterval(period), intervalCount: Number(count) },
  }
}

function toInterval(period: string): Interval {
  const word = period.toLowerCase()
  return word === 'day' || word === 'week' || word === 'year' ? word : 'month'
}

/** The values of `--price`, by lookup key. Throws `invalid_request`. */
export function readPriceOptions(
  given: readonly string[],
  plans: readonly PlanSetting[],
): Map<string, WantedPrice> {
  const known = plans
    .flatMap(({ prices, optionalPrices }) => [...prices, ...optionalPrices])
    .filter(({ kind }) => kind === 'lookup_key')
    .map(nameOf)
  const wanted = new Map<string, WantedPrice>()
  for (const text of given) {
    const [, name = '', price = ''] = /^([^=]+)=(.*)$/.exec(text) ?? []
    if (name === '')
      throw new AppError('invalid_request', `--price ${text}: such as starter=${priceExample}`)
    if (!known.includes(name))
      throw new AppError(
        'invalid_request',
        `--price ${text}: PLANS has no lookup key "${name}": it has ${known.join(', ') || 'none'}`,
      )
    if (wanted.has(name)) throw new AppError('invalid_request', `--price ${name} is given twice`)
    wanted.set(name, readWantedPrice(name, price))
  }
  return wanted
}

export function isSamePrice(price: Price, wanted: WantedPrice): boolean {
  return (
    price.unitAmountMinor === wanted.amountMinor &&
    price.currency === wanted.currency &&
    price.recurring?.interval === wanted.recurring?.interval &&
    price.recurring?.intervalCount === wanted.recurring?.intervalCount &&
    price.recurring?.metered !== true
  )
}

/** "19.00 usd, each month". */
export function describeWanted({ amountMinor, currency, recurring }: WantedPrice): string {
  const period = describePeriod(recurring)
  return `${toDecimal(amountMinor, currency)} ${currency}, ${period}`
}

export function describeExisting({ unitAmountMinor, currency, recurring }: Price): string {
  const usage = recurring?.metered === true ? ', by usage' : ''
  const period = describePeriod(recurring)
  if (unitAmountMinor === null) return `amount set by Stripe, ${currency}, ${period}${usage}`
  return `${toDecimal(unitAmountMinor, currency)} ${currency}, ${period}${usage}`
}
