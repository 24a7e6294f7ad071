import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Turn, takeTurn, type World } from '../context.ts'
import { attemptPayment } from '../payments/payments.ts'
import { makeRefund } from '../payments/refunds.ts'
import { startPayment } from '../payments/start-payment.ts'
import type { CardOutcome } from '../payments/test-cards.ts'

export interface BulkOrder {
  readonly count: number
  readonly outcome: 'success' | 'failed' | 'refunded'
  readonly amount: number
  readonly currency: string
}

export interface BulkResult {
  readonly payment_intents: string[]
  readonly charges: string[]
  readonly refunds: string[]
}

const perTurn = 100

/** Makes many payments at once, for load: real objects, real events, one transaction per hundred. */
export async function bulkPayments(world: World, order: BulkOrder): Promise<BulkResult> {
  const result: BulkResult = { payment_intents: [], charges: [], refunds: [] }
  for (let done = 0; done < order.count; done += perTurn) {
    const size = Math.min(perTurn, order.count - done)
    takeTurn(world, (turn) => {
      for (let each = 0; each < size; each += 1) payOnce(turn, order, result)
    })
    await nextTurn()
  }
  return result
}

function payOnce(turn: Turn, order: BulkOrder, result: BulkResult): void {
  const intent = startPayment(turn, order)
  intent.payment_method = 'pm_card_visa'
  attemptPayment(turn, intent, order.outcome === 'failed' ? declined : visa)
  result.payment_intents.push(intent.id)
  const charge = intent.latest_charge && turn.store.find('charge', intent.latest_charge)
  if (!charge) return
  result.charges.push(charge.id)
  if (order.outcome === 'refunded' && charge.status === 'succeeded')
    result.refunds.push(makeRefund(turn, charge, {}).id)
}

const visa: CardOutcome = { kind: 'succeeds' }
const declined: CardOutcome = {
  kind: 'declined',
  code: 'card_declined',
  declineCode: 'generic_decline',
}
