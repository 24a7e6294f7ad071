import type { ApiRoute } from '../api/route.ts'
import { noSuch } from '../api/stripe-error.ts'
import { create, type UnitOfWork } from '../context.ts'

interface Movement {
  readonly type: 'charge' | 'payment' | 'refund' | 'payment_refund'
  /** The charge or refund. */
  readonly source: string
  /** Minor units; negative when it leaves the balance. */
  readonly amount: number
  readonly currency: string
}

const settlingSeconds = 2 * 86_400

/** Records what a charge or refund changed in the account's balance, without fees. Returns the id. */
export function moveBalance(
  unit: UnitOfWork,
  { type, source, amount, currency }: Movement,
): string {
  return create(unit, 'balance_transaction', {
    id: unit.id('balance_transaction'),
    object: 'balance_transaction',
    amount,
    available_on: unit.nowSeconds + settlingSeconds,
    balance_type: 'payments',
    created: unit.nowSeconds,
    currency,
    description: null,
    exchange_rate: null,
    fee: 0,
    fee_details: [],
    net: amount,
    reporting_category: amount < 0 ? 'refund' : 'charge',
    source,
    status: 'pending',
    type,
  }).id
}

export const balanceTransactionRoutes: readonly ApiRoute[] = [
  {
    method: 'get',
    path: '/v1/balance_transactions/:id',
    handle: ({ unit, id }) => {
      const found = unit.store.find('balance_transaction', id)
      if (!found) throw noSuch('balance transaction', id, 'id', 404)
      return found
    },
  },
]
