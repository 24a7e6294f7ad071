import { listed, nested, optionalInteger, optionalText, type Params } from '../api/params.ts'
import type { Call } from '../api/route.ts'
import { invalidRequest, noSuch } from '../api/stripe-error.ts'
import type { UnitOfWork } from '../context.ts'
import { priceFromParams } from '../payments/prices.ts'
import type { CheckoutSession, LineItem, Price } from './types.ts'

/** The lines of a new session, checked as Stripe checks them against its mode. */
export function lineItemsOf({ unit, params }: Call, mode: CheckoutSession['mode']): LineItem[] {
  const lines = listed(params, 'line_items')
  if (lines.length === 0)
    throw invalidRequest('Missing required param: line_items.', {
      code: 'parameter_missing',
      param: 'line_items',
    })
  const items = lines.map((line, index) => {
    if (typeof line === 'string') throw invalidRequest('Invalid object', { param: 'line_items' })
    return lineItem(unit, line, `line_items[${index}]`)
  })
  refuseWrongMode(mode, items)
  return items
}

function lineItem(unit: UnitOfWork, line: Params, path: string): LineItem {
  const price = priceOf(unit, line, path)
  const quantity = quantityOf(line, price, path)
  const amount = price.unit_amount * (quantity ?? 0)
  return {
    id: unit.id('line_item'),
    object: 'item',
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    created: unit.nowSeconds,
    currency: price.currency,
    description: unit.store.find('product', price.product)?.name ?? 'Product',
    livemode: false,
    price,
    quantity,
  }
}

/** Null for a metered price, which has no quantity. */
function quantityOf(line: Params, price: Price, path: string): number | null {
  const quantity = optionalInteger(line, 'quantity', `${path}[quantity]`)
  if (price.recurring?.usage_type === 'metered') {
    if (quantity === null) return null
    throw invalidRequest(
      'Quantity should not be specified where usage_type is `metered`. ' +
        `Remove quantity from \`${path}\``,
      { param: `${path}[quantity]` },
    )
  }
  if (quantity !== null && quantity >= 1) return quantity
  throw invalidRequest('Quantity is required. Add `quantity` to `line_items`.', {
    code: 'parameter_missing',
    param: `${path}[quantity]`,
  })
}

function priceOf(unit: UnitOfWork, line: Params, path: string): Price {
  if (line.price_data !== undefined)
    return priceFromParams(
      unit,
      nested(line, 'price_data'),
      (name) => `${path}[price_data][${name}]`,
    )
  const id = optionalText(line, 'price')
  if (id === null)
    throw invalidRequest('You must specify either `price` or `price_data` when using prices.', {
      param: path,
    })
  const price = unit.store.find('price', id)
  if (!price) throw noSuch('price', id, `${path}[price]`)
  if (!price.active)
    throw invalidRequest(
      'The price specified is inactive. This field only accepts active prices.',
      { param: `${path}[price]` },
    )
  if (unit.store.find('product', price.product)?.active === false)
    throw invalidRequest(
      `The price specified belongs to the product ${price.product}, which is inactive.`,
      { param: `${path}[price]` },
    )
  return price
}

function refuseWrongMode(mode: CheckoutSession['mode'], items: readonly LineItem[]): void {
  const recurring = items.some(({ price }) => price.type === 'recurring')
  if (mode === 'payment' && recurring)
    throw invalidRequest(
      'You specified `payment` mode but passed a recurring price. ' +
        'Either switch to `subscription` mode or use only one-time prices.',
      { param: 'line_items[0][price]' },
    )
  if (mode === 'subscription' && !recurring)
    throw invalidRequest(
      'You must provide at least one recurring price in `subscription` mode when using prices.',
      { param: 'line_items' },
    )
  if (new Set(items.map(({ price }) => price.currency)).size > 1)
    throw invalidRequest('All prices on a Checkout Session must have the same currency.', {
      param: 'line_items',
    })
}
