import { expect, test } from 'vitest'
import { nameOf, parsePlans } from '../../src/config/plans.ts'

function pricesOf(text: string) {
  const parsed = parsePlans(text)
  if ('problems' in parsed) return parsed.problems
  return parsed.plans.map(({ plan, prices, optionalPrices }) => [
    plan,
    prices.map(nameOf),
    optionalPrices.map(nameOf),
  ])
}

test.each([
  [
    'a bare plan is sold at its own lookup key and at those of its periods',
    'gold',
    [['gold', ['gold'], ['gold_monthly', 'gold_yearly']]],
  ],
  ['a plan may have another lookup key', 'gold=tier_1', [['gold', ['tier_1'], []]]],
  [
    'a plan may have several prices, keys and ids',
    'gold=tier_1|price_1',
    [['gold', ['tier_1', 'price_1'], []]],
  ],
  ['a plan that comes again adds its prices', 'gold=a,gold=b', [['gold', ['a', 'b'], []]]],
  [
    'a key that another plan names is that plan’s alone',
    'gold,gold_yearly,best=gold_monthly',
    [
      ['gold', ['gold'], []],
      ['gold_yearly', ['gold_yearly'], ['gold_yearly_monthly', 'gold_yearly_yearly']],
      ['best', ['gold_monthly'], []],
    ],
  ],
  ['a lookup key may have an equals sign', 'gold=a=b', [['gold', ['a=b'], []]]],
])('%s', (_, text, expected) => {
  expect(pricesOf(text)).toEqual(expected)
})
